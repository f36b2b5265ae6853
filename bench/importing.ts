// A list of 50,000 rows is imported into the built-in database while somebody counts: how long do they wait?
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { signInToRest, type RestUser } from '../e2e/support/rest'
import { startServer } from '../e2e/support/server'
import { COUNTS } from '../src/contract/envelope'
import type { PlanApi } from '../src/ports/plan'
import { writeCatalogue, type BenchProduct } from './catalogue'
import { PATIENCE_MS } from './device'
import { importCsv, planApiOf } from './plan-calls'
import type { Report } from './results'
import { resultOf } from './results'
import { makeSession } from './sessions'

/** One question of each kind so often, whether or not the one before is answered: a queue shows as what it is. */
const PROBE_EVERY_MS = 200
const AREAS = 10
const COUNTED = 20
/** Of the demo data. */
const FACILITY = 'NORTHSIDE'

interface Shape {
  readonly what: string
  /** As many sessions. */
  readonly areas: number
  /** A row that goes before all others, in a file of its own: what it makes is open when they come. */
  readonly isOpen?: boolean
  /** No row names a product that is there. */
  readonly isWrong?: boolean
}

const SHAPES: readonly Shape[] = [
  { what: 'ten sessions', areas: AREAS },
  { what: 'one session', areas: 1 },
  { what: 'every row wrong', areas: 1, isWrong: true },
  { what: 'into a session that is open', areas: 1, isOpen: true },
]

export async function benchImport(
  products: readonly BenchProduct[],
  report: Report,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-bench-import-'))
  const catalogue = join(folder, 'catalogue.csv')
  writeCatalogue(catalogue, products)
  const server = await startServer({ catalogue, healthyWithinMs: PATIENCE_MS })
  try {
    const ana = await signInToRest(server.origin, 'ana')
    const sam = await signInToRest(server.origin, 'sam')
    const sessionId = await makeSession(sam, 'Counted meanwhile', products.slice(0, COUNTED))
    const plan = await planApiOf(server.origin)
    const counting = { ana, sessionId, products: products.slice(0, COUNTED) }
    const quiet = await whileProbing(counting, () => sleep(5000))
    report(...waits('without an import', quiet))
    for (const shape of SHAPES) {
      const what = `import of ${products.length} rows, ${shape.what}`
      if (shape.isOpen === true)
        await importList(plan, `${shape.what} first`, { ...shape, products: products.slice(0, 1) })
      const startedAt = performance.now()
      const probed = await whileProbing(counting, () =>
        importList(plan, shape.what, { ...shape, products }),
      )
      report(
        resultOf(`${what}: sent to done`, [performance.now() - startedAt], {
          rows: products.length,
        }),
        ...waits(what, probed),
      )
    }
  } finally {
    await server.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

interface ImportedList extends Shape {
  readonly products: readonly BenchProduct[]
}

/** By the screen's own calls: sent, followed until it is over. */
async function importList(
  plan: PlanApi,
  fileName: string,
  { products, what, areas, isWrong }: ImportedList,
): Promise<void> {
  const rows = products.map(({ gtin }, at) =>
    [what, FACILITY, isWrong === true ? `no ${gtin}` : gtin, `Aisle ${at % areas}`, at + 2].join(
      ',',
    ),
  )
  const csv = `countImportName,facilityId,idValue,facilityAreaId,sourceLine\r\n${rows.join('\r\n')}\r\n`
  const state = await importCsv(plan, fileName, csv)
  if (state !== (isWrong === true ? 'error' : 'consumed')) throw new Error(`The import ended as ${state}`)
}

interface Counting {
  readonly ana: RestUser
  readonly sessionId: string
  readonly products: readonly BenchProduct[]
}

interface Probed {
  readonly pushes: readonly number[]
  readonly looks: readonly number[]
  readonly unanswered: number
}

async function whileProbing(
  { ana, sessionId, products }: Counting,
  work: () => Promise<void>,
): Promise<Probed> {
  const path = `${COUNTS}cycleCounts/sessions/${sessionId}`
  const pushes: number[] = []
  const looks: number[] = []
  const asked: Promise<void>[] = []
  let unanswered = 0
  const timed = async (waited: number[], call: () => Promise<unknown>): Promise<void> => {
    const startedAt = performance.now()
    try {
      await call()
      waited.push(performance.now() - startedAt)
    } catch (error) {
      console.log(`A call was not answered: ${String(error)}`)
      unanswered += 1
    }
  }
  let rev = Date.now()
  const probe = (): void => {
    rev += 1
    const product = products[rev % products.length]
    const item = {
      uuid: `import-${product?.productId ?? ''}`,
      logId: 'import-log',
      rev,
      quantity: 1,
      standing: 1,
      productId: product?.productId,
      productIdentifier: product?.gtin,
      countedByUserLoginId: 'ana',
      lastScanAt: Date.now(),
    }
    asked.push(timed(pushes, () => ana.send('PUT', `${path}/items`, { items: [item] })))
    asked.push(timed(looks, () => ana.get(path)))
  }
  const timer = setInterval(probe, PROBE_EVERY_MS)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  await Promise.all(asked)
  return { pushes, looks, unanswered }
}

function waits(what: string, { pushes, looks, unanswered }: Probed) {
  const note = (values: readonly number[]): string =>
    `longest ${Math.round(Math.max(...values))} ms; ${unanswered} of both kinds not answered`
  return [
    resultOf(`${what}: push of a count`, pushes, { note: note(pushes) }),
    resultOf(`${what}: look at a session`, looks, { note: note(looks) }),
  ]
}
