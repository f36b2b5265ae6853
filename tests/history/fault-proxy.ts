// A bad network between clients and server: delays, cuts before and after the answer, copies, halves, answers that never come.
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export const FAULTS = [
  'delay',
  'cut-before',
  'cut-after',
  'half-answer',
  'duplicate',
  'late-copy',
  'one-way',
] as const
export type Fault = (typeof FAULTS)[number]

const DELAY_MS_MAX = 400
/** How long an answer that never comes keeps its caller waiting. */
const SILENCE_MS = 700
const LATE_MS_MAX = 2500

export interface FaultProxy {
  readonly origin: string
  /** How often each happened. */
  readonly happened: ReadonlyMap<Fault, number>
  /** Share of calls that something happens to. */
  setRate(rate: number): void
  /** Resolves when no late copy is under way any more. */
  settle(): Promise<void>
  close(): Promise<void>
}

interface Call {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export async function startFaultProxy(
  targetPort: number,
  random: () => number,
): Promise<FaultProxy> {
  const happened = new Map<Fault, number>()
  const copies = new Set<Promise<unknown>>()
  let rate = 0

  function forward({ method, url, headers, body }: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          port: targetPort,
          host: '127.0.0.1',
          method,
          path: url,
          headers: { ...headers, connection: 'close', 'content-length': body.byteLength },
        },
        (incoming) => {
          readAll(incoming).then(
            (it) =>
              resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: it }),
            reject,
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  function copyLater(call: Call): void {
    const copy = sleep(random() * LATE_MS_MAX)
      .then(() => forward(call))
      .then(
        () => undefined,
        // The server may be dead by then: a copy that gets lost is one too.
        () => undefined,
      )
      .finally(() => copies.delete(copy))
    copies.add(copy)
  }

  async function pass(call: Call, outgoing: ServerResponse, fault: Fault | null): Promise<void> {
    const cut = (): void => void outgoing.socket?.destroy()
    if (fault === 'cut-before') return cut()
    if (fault === 'delay') await sleep(random() * DELAY_MS_MAX)
    if (fault === 'late-copy') copyLater(call)
    const first = forward(call)
    const [answer] = await Promise.all(fault === 'duplicate' ? [first, forward(call)] : [first])
    if (answer === undefined || fault === 'cut-after') return cut()
    if (fault === 'one-way') {
      await sleep(SILENCE_MS)
      return cut()
    }
    outgoing.writeHead(answer.status, answer.headers)
    if (fault !== 'half-answer') return void outgoing.end(answer.body)
    outgoing.write(answer.body.subarray(0, Math.floor(answer.body.byteLength / 2)), cut)
  }

  const server = createServer((incoming, outgoing) => {
    const fault = random() < rate ? FAULTS[Math.floor(random() * FAULTS.length)]! : null
    if (fault !== null) happened.set(fault, (happened.get(fault) ?? 0) + 1)
    readAll(incoming)
      .then((body) =>
        pass(
          {
            method: incoming.method ?? 'GET',
            url: incoming.url ?? '/',
            headers: incoming.headers,
            body,
          },
          outgoing,
          fault,
        ),
      )
      // The server is dead or cut us off: so is the caller.
      .catch(() => outgoing.socket?.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    happened,
    setRate: (wanted) => {
      rate = wanted
    },
    settle: async () => {
      await Promise.all(copies)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
