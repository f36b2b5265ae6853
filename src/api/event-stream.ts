// Server-sent events as hints: that something was said counts, not what. Silence is a failure, too.
import { RemoteError } from '../domain/errors'

/** The server gives a sign of life every 15 seconds. */
const SILENCE_MS = 40_000
/** Of one event; ours have fifty characters. */
const EVENT_CHARS_MAX = 10_000

/**
 * Reads until the stream ends. Resolves when the server ended it.
 *
 * EventSource cannot carry a token in a header, and a token does not belong into an address.
 * @throws RemoteError `offline` when it breaks or falls silent; what `open` throws
 */
export async function readEvents(
  open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
  onEvent: () => void,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController()
  const timer = createWatchdog(() => silence.abort())
  const both = AbortSignal.any([signal, silence.signal])
  try {
    const stream = await open(both)
    await eachEvent(stream, onEvent, timer.feed)
  } catch (error) {
    if (signal.aborted) throw signal.reason ?? error
    if (error instanceof RemoteError) throw error
    if (silence.signal.aborted || error instanceof TypeError || error instanceof DOMException)
      throw new RemoteError('offline', 'GET events: the stream broke', {}, { cause: error })
    throw error
  } finally {
    timer.stop()
  }
}

function createWatchdog(onSilence: () => void): { feed: () => void; stop: () => void } {
  let timer = setTimeout(onSilence, SILENCE_MS)
  return {
    feed() {
      clearTimeout(timer)
      timer = setTimeout(onSilence, SILENCE_MS)
    },
    stop: () => clearTimeout(timer),
  }
}

async function eachEvent(
  stream: ReadableStream<Uint8Array>,
  onEvent: () => void,
  onLife: () => void,
): Promise<void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    onLife()
    const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    if (rest.length > EVENT_CHARS_MAX) throw new RemoteError('captive-portal', 'GET events: no events')
    // A comment is a sign of life only.
    if (blocks.some((it) => /^data:/m.test(it))) onEvent()
  }
}
