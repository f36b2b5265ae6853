// Reading a stream of hints: what is one, what is a mere sign of life, and how silence ends it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readEvents } from '../../src/api/event-stream'
import { RemoteError } from '../../src/domain/errors'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A stream that a test writes into; it breaks when it is aborted, as that of fetch does. */
function aStream() {
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>({ start: (it) => void (controller = it) })
  return {
    open: async (signal: AbortSignal) => {
      signal.addEventListener('abort', () => controller.error(signal.reason))
      return stream
    },
    say: async (text: string) => {
      controller.enqueue(encoder.encode(text))
      await vi.advanceTimersByTimeAsync(0)
    },
    end: () => controller.close(),
  }
}

const NEVER = new AbortController().signal
const EVENT = 'id: 7\nevent: changed\ndata: {}\n\n'

describe('a stream of hints on the device', () => {
  it('[BD10] is heard however it is cut into pieces; comments are no hints', async () => {
    const stream = aStream()
    let hints = 0
    const reading = readEvents(stream.open, () => (hints += 1), NEVER)
    await stream.say(': here\n\n')
    await stream.say(EVENT.slice(0, 12))
    expect(hints).toBe(0)
    await stream.say(`${EVENT.slice(12)}: here\n\n`)
    await stream.say(EVENT.replaceAll('\n', '\r\n'))
    stream.end()
    await reading

    expect(hints).toBe(2)
  })

  it('[BD10] is given up after forty seconds without a sign of life, and not while there are any', async () => {
    const stream = aStream()
    const outcome = readEvents(stream.open, () => undefined, NEVER).then(
      () => 'ended',
      (error: unknown) => (error instanceof RemoteError ? error.reason : error),
    )
    for (let at = 0; at < 10; at += 1) {
      await vi.advanceTimersByTimeAsync(39_000)
      await stream.say(': here\n\n')
    }
    const isOpen = await Promise.race([outcome, Promise.resolve('open')])
    await vi.advanceTimersByTimeAsync(40_000)

    expect([isOpen, await outcome]).toEqual(['open', 'offline'])
  })

  it('[BD10] is given up at once when nobody watches any more', async () => {
    const stream = aStream()
    const abort = new AbortController()
    const reading = readEvents(stream.open, () => undefined, abort.signal)
    const failed = expect(reading).rejects.toBe('left')
    await vi.advanceTimersByTimeAsync(0)
    abort.abort('left')

    await failed
  })

  it('[BD10] is no stream of hints when there is no end to an event', async () => {
    const stream = aStream()
    const reading = readEvents(stream.open, () => undefined, NEVER)
    const failed = expect(reading).rejects.toMatchObject({ reason: 'captive-portal' })
    await stream.say('x'.repeat(10_001))

    await failed
  })
})
