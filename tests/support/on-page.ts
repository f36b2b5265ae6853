// What a person does on a mounted page, dialogs in the body included: look, tap, type.
import { flushPromises } from '@vue/test-utils'

/** @throws Error when there is none of that name; the test has gone wrong then */
export function buttonOf(name: RegExp): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find((it) => name.test(it.getAttribute('aria-label') ?? it.textContent?.trim() ?? ''))
  if (found === undefined) throw new Error(`No button ${name} among ${buttonNames().join(', ')}`)
  return found
}

export function buttonNames(): readonly string[] {
  return [...document.querySelectorAll('button')].map((it) => it.getAttribute('aria-label') ?? it.textContent?.trim() ?? '')
}

export async function tap(name: RegExp): Promise<void> {
  buttonOf(name).click()
  await flushPromises()
}

/** As typed: the field says `input`. It says `change` only when it is left. */
export async function typeInto(selector: string, text: string): Promise<HTMLInputElement> {
  const field = document.querySelector(selector)
  if (!(field instanceof HTMLInputElement)) throw new Error(`No field ${selector}`)
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
  return field
}

/** All words on the page, or in a part of it, with single spaces. */
export function wordsOn(selector = 'body'): string {
  return document.querySelector(selector)?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? ''
}
