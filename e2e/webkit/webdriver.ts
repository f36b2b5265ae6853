// A small W3C WebDriver client over fetch: just what the WebKit run needs.

/** How WebDriver marks an element in JSON. https://www.w3.org/TR/webdriver2/#elements */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
const REQUEST_TIMEOUT_MS = 60_000

/** Keys that have no character: https://www.w3.org/TR/webdriver2/#keyboard-actions */
export const ENTER_KEY = '\uE007'

export interface WebDriver {
  readonly browserVersion: string
  goto: (url: string) => Promise<void>
  refresh: () => Promise<void>
  /** Run a function body in the page. */
  run: <T>(body: string, args?: readonly unknown[]) => Promise<T>
  /** Run an async function body in the page; its promise is waited for. */
  runAsync: <T>(body: string, args?: readonly unknown[]) => Promise<T>
  click: (xpath: string) => Promise<void>
  /** Empty the field and type, as a person. */
  fill: (xpath: string, text: string) => Promise<void>
  /** Key events at whatever has the focus, as a scanner sends them. */
  type: (keys: string, gapMs: number) => Promise<void>
  /** PNG, base64. */
  screenshot: () => Promise<string>
  quit: () => Promise<void>
}

/** @throws Error with WebDriver's error code and message */
export async function openWebDriver(driverUrl: string, capabilities: object): Promise<WebDriver> {
  const opened = await request<{ sessionId: string; capabilities: { browserVersion?: string } }>(driverUrl, 'POST', '/session', {
    capabilities: { alwaysMatch: capabilities },
  })
  const session = `/session/${opened.sessionId}`
  const post = <T>(path: string, body: object): Promise<T> => request<T>(driverUrl, 'POST', session + path, body)

  async function find(xpath: string): Promise<string> {
    const found = await post<Record<string, string>>('/element', { using: 'xpath', value: xpath })
    const id = found[ELEMENT]
    if (id === undefined) throw new Error(`No element id for ${xpath}`)
    return id
  }

  await post('/timeouts', { script: 30_000, pageLoad: 30_000, implicit: 0 })
  return {
    browserVersion: opened.capabilities.browserVersion ?? 'unknown',
    goto: (url) => post('/url', { url }),
    refresh: () => post('/refresh', {}),
    run: (script, args = []) => post('/execute/sync', { script, args }),
    runAsync: async <T>(body: string, args: readonly unknown[] = []) => {
      const script = `const done = arguments[arguments.length - 1]
        ;(async (...args) => { ${body} })(...Array.from(arguments).slice(0, -1))
          .then((value) => done({ value }), (problem) => done({ problem: String(problem) }))`
      const answer = await post<{ value?: T; problem?: string }>('/execute/async', { script, args })
      if (answer.problem !== undefined) throw new Error(answer.problem)
      return answer.value as T
    },
    click: async (xpath) => {
      await post(`/element/${await find(xpath)}/click`, {})
    },
    fill: async (xpath, text) => {
      const element = await find(xpath)
      await post(`/element/${element}/clear`, {})
      await post(`/element/${element}/value`, { text })
    },
    type: async (keys, gapMs) => {
      const actions = [...keys].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
        ...(gapMs > 0 ? [{ type: 'pause', duration: gapMs }] : []),
      ])
      await post('/actions', { actions: [{ type: 'key', id: 'scanner', actions }] })
    },
    screenshot: () => request(driverUrl, 'GET', `${session}/screenshot`),
    quit: async () => {
      await request(driverUrl, 'DELETE', session).catch((problem: unknown) => {
        // The host ends with its window, and the driver then looks for the window it has just closed.
        if (!String(problem).includes('no such window')) throw problem
      })
    },
  }
}

async function request<T>(driverUrl: string, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(driverUrl + path, {
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } }
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error ?? answer.status}: ${value.message ?? ''}`)
  return value
}
