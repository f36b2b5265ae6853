// The simulator's cheap way of cancelling beside the platform's own.
import { describe, expect, it } from 'vitest'
import { LightController } from './light-aborts'

/** What both offer; the platform's signal has more, which nobody uses. */
interface Cancelling {
  readonly signal: Pick<AbortSignal, 'aborted' | 'reason' | 'throwIfAborted'> & {
    addEventListener: (type: 'abort', listener: () => void, options?: { once: boolean }) => void
    removeEventListener: (type: 'abort', listener: () => void) => void
  }
  abort: (reason?: unknown) => void
}

/** What somebody hears who listens twice, lets go once, and comes too late once. */
function story(controller: Cancelling, reason?: unknown): readonly unknown[] {
  const { signal } = controller
  const heard: unknown[] = [signal.aborted, signal.reason]
  const hear = (name: string) => (): void => void heard.push(`${name} ${signal.aborted}`)
  const gone = hear('gone')
  signal.addEventListener('abort', hear('first'), { once: true })
  signal.addEventListener('abort', gone)
  signal.addEventListener('abort', hear('last'))
  signal.removeEventListener('abort', gone)
  signal.throwIfAborted()
  if (reason === undefined) controller.abort()
  else controller.abort(reason)
  controller.abort('again')
  signal.addEventListener('abort', hear('late'))
  heard.push(signal.aborted, String(signal.reason))
  try {
    signal.throwIfAborted()
  } catch (error) {
    heard.push(error === signal.reason)
  }
  return heard
}

describe('cancelling in the simulator', () => {
  it('[SM69] tells what the platform tells, in its order', () => {
    const plain = story(new LightController())
    expect(plain).toEqual(story(new AbortController()))
    expect(plain).toContain('first true')
    expect(story(new LightController(), new Error('why'))).toEqual(story(new AbortController(), new Error('why')))
  })
})
