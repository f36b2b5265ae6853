// Reading a request body: bounded before and after inflating, then JSON.
import { gunzipSync } from 'node:zlib'
import { HttpError } from './errors'

/** What is refused is still heard out up to here: cut off while it is being sent, the connection takes the answer with it. */
const HEARD_OUT_MAX = 16 * 1024 * 1024

/** Larger than anybody sends by mistake: not read to its end, so it blocks its connection. */
export class BodyLeft extends HttpError {}

/**
 * The body's text; empty when there is none.
 * @throws HttpError 413 when more than `bytesMax` has come (none of it is kept) or been inflated (a small bomb is not unpacked),
 * 415 on another encoding, 400 on broken gzip or UTF-8
 */
export async function readBody(request: Request, bytesMax: number): Promise<string> {
  if (request.body === null) return ''
  const raw = await bytesOf(request.body, bytesMax)
  const encoding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new HttpError(415, `Content-Encoding ${encoding.slice(0, 40)} is not supported`, 'BAD_REQUEST')
  return decode(encoding === 'gzip' ? inflate(raw, bytesMax) : raw)
}

/** Of a body that is no JSON. @throws HttpError 413 when there are more than `bytesMax` */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  return bytesOf(request.body, bytesMax)
}

async function bytesOf(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done || bytes > HEARD_OUT_MAX) break
    bytes += value.byteLength
    if (bytes <= bytesMax) chunks.push(value)
  }
  if (bytes > HEARD_OUT_MAX) throw new BodyLeft(413, `The body is larger than ${bytesMax} bytes`, 'TOO_LARGE')
  if (bytes > bytesMax) throw tooLarge(bytesMax)
  return Buffer.concat(chunks)
}

/** At once, not as a stream: for a body of this size the stream's own work is most of the work. */
function inflate(raw: Buffer, bytesMax: number): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: bytesMax })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytesMax)
    throw new HttpError(400, 'The gzip body cannot be read', 'BAD_REQUEST')
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new HttpError(400, 'The body is not UTF-8', 'BAD_REQUEST')
  }
}

function tooLarge(bytesMax: number): HttpError {
  return new HttpError(413, `The body is larger than ${bytesMax} bytes`, 'TOO_LARGE')
}

/** @throws HttpError 400 when the text is not JSON. An empty body is `{}`, as Moqui takes it. */
export function readJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpError(400, 'The body is not JSON', 'BAD_REQUEST')
  }
}
