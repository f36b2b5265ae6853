// Reading a request body: bounded before and after inflating, then JSON.
import { gunzipSync } from 'node:zlib'
import { HttpError } from './errors'

/**
 * The body's text; empty when there is none.
 * @throws HttpError 413 as soon as more than `bytesMax` has come or been inflated (a small bomb is not unpacked),
 * 415 on another encoding, 400 on broken gzip or UTF-8
 */
export async function readBody(request: Request, bytesMax: number): Promise<string> {
  if (request.body === null) return ''
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const encoding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new HttpError(
      415,
      `Content-Encoding ${encoding.slice(0, 40)} is not supported`,
      'BAD_REQUEST',
    )
  const raw = await bytesOf(request.body, bytesMax)
  return decode(encoding === 'gzip' ? inflate(raw, bytesMax) : raw)
}

/** Of a body that is no JSON. @throws HttpError 413 as soon as there are more than `bytesMax` */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  return bytesOf(request.body, bytesMax)
}

async function bytesOf(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    bytes += value.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    chunks.push(value)
  }
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
