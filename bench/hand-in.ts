// Handing in a session of many counted products: until the counter has the answer, and until the rules have judged all of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { cycleCountsOf, signInToRest, type RestUser } from '../e2e/support/rest'
import { startServer } from '../e2e/support/server'
import { COUNTS } from '../src/contract/envelope'
import { writeCatalogue, type BenchProduct } from './catalogue'
import { PATIENCE_MS } from './device'
import type { Report, Result } from './results'
import { resultOf } from './results'
import { countAll, countOf, handIn, makeSession } from './sessions'

/** Seldom: what is asked here takes its share of the one connection that is measured. */
const POLL_MS = 500

export async function benchHandIn(
  products: readonly BenchProduct[],
  report: Report,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-bench-hand-in-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products)
  const server = await startServer({ catalogue, healthyWithinMs: PATIENCE_MS })
  try {
    const sam = await signInToRest(server.origin, 'sam')
    report(...(await timed(sam, products, { until: 'judged', how: 'judged' })))
    await askForRecounts(await signInToRest(server.origin, 'alex'), sam)
    report(...(await timed(sam, products, { until: 'recount-sent', how: 'recounts asked for' })))
  } finally {
    await server.dispose()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** One count of one session, handed in: until it is answered, and until its last product has come to `until`. */
async function timed(
  sam: RestUser,
  products: readonly BenchProduct[],
  { until, how }: { readonly until: string; readonly how: string },
): Promise<readonly Result[]> {
  const what = `handing in ${products.length} counted products`
  const sessionId = await makeSession(sam, `Bench hand-in, ${how}`, products)
  await countAll(sam, sessionId, products)
  const countId = await countOf(sam, sessionId)
  const startedAt = performance.now()
  await handIn(sam, sessionId)
  const answered = performance.now() - startedAt
  const productId = products.at(-1)?.productId ?? ''
  const waits = await untilNoted(sam, countId, { productId, action: until })
  const rows = products.length
  return [
    resultOf(`${what}, ${how}: answered`, [answered], { rows }),
    resultOf(`${what}, ${how}: done`, [performance.now() - startedAt], { rows }),
    resultOf(`${what}, ${how}: a small call meanwhile`, waits),
  ]
}

async function askForRecounts(alex: RestUser, sam: RestUser): Promise<void> {
  const facilityId = (await cycleCountsOf(sam))[0]?.facilityId
  await alex.send('PUT', `${COUNTS}reviewRules/recounts`, { facilityId, isOn: true })
}

/** The products are judged in the order of their ids, and the last is off by one. @returns how long small calls took meanwhile */
async function untilNoted(
  sam: RestUser,
  countId: string,
  { productId, action }: { readonly productId: string; readonly action: string },
): Promise<readonly number[]> {
  const waits: number[] = []
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const { audit } = await sam.get<{ audit: readonly { action: string }[] }>(
      `${COUNTS}cycleCounts/workEfforts/${countId}/review/rows/${productId}`,
    )
    if (audit.some((it) => it.action === action)) return waits
    const askedAt = performance.now()
    await sam.get(`${COUNTS}cycleCounts/workEfforts/${countId}`)
    waits.push(performance.now() - askedAt)
    await wait(POLL_MS)
  }
  throw new Error(`${productId} did not come to ${action} in time`)
}
