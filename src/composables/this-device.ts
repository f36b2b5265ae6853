// What this device is called on screen: an iPad by its name, anything else "device".

/** iPadOS gives itself out for a Macintosh; no Macintosh has a touch screen. */
export function isIPad({ userAgent, maxTouchPoints }: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): boolean {
  return userAgent.includes('iPad') || (userAgent.includes('Macintosh') && maxTouchPoints > 1)
}

/** What it is, in a word that means something on another screen. */
export function deviceKind(navigator: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): 'iPad' | 'iPhone' | 'Android' | 'Computer' {
  if (isIPad(navigator)) return 'iPad'
  if (navigator.userAgent.includes('iPhone')) return 'iPhone'
  return navigator.userAgent.includes('Android') ? 'Android' : 'Computer'
}

/** `this iPad` or `this device`, for the middle of a sentence. */
export const THIS_DEVICE = isIPad(navigator) ? 'this iPad' : 'this device'

/** The same at the start of a sentence. */
export const THIS_DEVICE_FIRST = isIPad(navigator) ? 'This iPad' : 'This device'
