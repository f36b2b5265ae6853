// The socket side of the server: nobody holds a connection, a header or a body open for as long as they like.
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { toJson } from './answers'

export interface ConnectionLimits {
  /** Request line and headers together. */
  readonly headerBytesMax: number
  readonly headersMax: number
  /** From the first byte to the end of the headers. */
  readonly headersTimeoutMs: number
  /** From the first byte to the end of the body. */
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  /** Neither reads nor writes: whoever does not fetch an answer. */
  readonly silenceMs: number
  readonly connectionsMax: number
  /** How often the time limits are looked at. */
  readonly checkEveryMs: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headerBytesMax: 16 * 1024,
  headersMax: 100,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  // Longer than the app's heartbeats are apart, so that they do not shake hands each time.
  keepAliveMs: 65_000,
  silenceMs: 120_000,
  connectionsMax: 2000,
  checkEveryMs: 5000,
}

/** What arrives broken or too slowly gets the envelope too, and loses its connection. */
export function createBoundedServer(
  answer: RequestListener,
  limits: ConnectionLimits = CONNECTION_LIMITS,
): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    answer,
  )
  server.maxHeadersCount = limits.headersMax
  server.maxConnections = limits.connectionsMax
  server.timeout = limits.silenceMs
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket))
  return server
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, errors, code] = refusalOf(error.code)
  const body = toJson({ errorCode: status, errors, code })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function refusalOf(
  code: string | undefined,
): readonly [status: number, errors: string, code: string] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, 'The address or the headers are too long', 'TOO_LARGE']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, 'The request came too slowly', 'BAD_REQUEST']
  return [400, 'This is no HTTP request', 'BAD_REQUEST']
}
