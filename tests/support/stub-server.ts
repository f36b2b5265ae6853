// A real HTTP server that answers as a test says, and keeps what it was asked.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Asked {
  readonly method: string
  /** Path and query, below the origin. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Decoded JSON; undefined without a body. */
  readonly body: unknown
}

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Strings go out as they are, the rest as JSON. */
  readonly body?: unknown
  /** `hang`: never; `cut`: the connection breaks in the middle of the body. */
  readonly fault?: 'hang' | 'cut'
}

export interface StubServer {
  readonly origin: string
  readonly asked: Asked[]
  answer: (asked: Asked) => StubAnswer
  readonly close: () => Promise<void>
}

export async function startStubServer(): Promise<StubServer> {
  const asked: Asked[] = []
  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const text = (
        request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      ).toString('utf8')
      const one: Asked = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      asked.push(one)
      const { status = 200, headers, body, fault } = stub.answer(one)
      if (fault === 'hang') return
      const isText = typeof body === 'string'
      response.writeHead(status, {
        'content-type': isText ? 'text/html' : 'application/json',
        ...headers,
      })
      const out = body === undefined ? '' : isText ? body : JSON.stringify(body)
      if (fault === 'cut') {
        response.write(out.slice(0, 5))
        setImmediate(() => response.destroy())
        return
      }
      response.end(out)
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const stub: StubServer = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    answer: () => ({ body: {} }),
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections()
        http.close(() => resolve())
      }),
  }
  return stub
}
