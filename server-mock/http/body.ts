// Reading a request body: bounded before and after inflating, then JSON.
import { createGunzip } from 'node:zlib'
import { Readable } from 'node:stream'
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
  const raw = Readable.from(chunksOf(request.body, bytesMax))
  return encoding === 'gzip' ? inflate(raw, bytesMax) : textOf(raw, bytesMax)
}

async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    bytes += value.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    yield value
  }
}

async function inflate(raw: Readable, bytesMax: number): Promise<string> {
  const gunzip = createGunzip()
  raw.on('error', (error) => gunzip.destroy(error))
  try {
    return await textOf(raw.pipe(gunzip), bytesMax)
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError(400, 'The gzip body cannot be read', 'BAD_REQUEST')
  } finally {
    raw.destroy()
    gunzip.destroy()
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
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
