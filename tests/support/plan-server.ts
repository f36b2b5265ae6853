// Imports on the real routes: a file sent as a form, followed until the server is done with it.
import { COUNTS, REST } from '../../src/contract/envelope'
import type { CountsServer, TestUser } from './counts-server'

const TRIES_MAX = 400

export interface Upload {
  readonly csv: string
  readonly user?: TestUser
  readonly name?: string
  readonly hash?: string
  readonly isAgain?: boolean
}

/** The raw answer to an upload. */
export async function upload(server: CountsServer, { csv, user = 'sam', name = 'list', hash, isAgain }: Upload) {
  const form = new FormData()
  form.set('uploadedFile', new Blob([csv], { type: 'text/csv' }), `${name}.csv`)
  form.set('fileName', name)
  if (hash !== undefined) form.set('fileHash', hash)
  if (isAgain === true) form.set('again', 'Y')
  const answer = await server.app.request(`${REST}${COUNTS}cycleCounts/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.tokenOf(user)}` },
    body: form,
  })
  return { status: answer.status, body: await answer.json() }
}

const OVER = new Set(['SmsgConsumed', 'SmsgError', 'SmsgCancelled'])

/** The job once it is over. @throws Error when it does not come to an end */
export async function untilOver(server: CountsServer, id: string, user: TestUser = 'sam') {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { body } = await server.call(user, 'GET', 'cycleCounts/systemMessages?systemMessageTypeId=ImportInventoryCounts&pageSize=1000')
    const job = (body as { systemMessageId: string; statusId: string }[]).find((it) => it.systemMessageId === id)
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
    if (job !== undefined && OVER.has(job.statusId)) return job as any
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`The import ${id} does not come to an end`)
}

export async function importList(server: CountsServer, ask: Upload) {
  const sent = await upload(server, ask)
  const job = await untilOver(server, sent.body.systemMessageId, ask.user)
  const errors = await server.call(
    ask.user ?? 'sam',
    'GET',
    `cycleCounts/systemMessages/${job.systemMessageId}/errors?pageSize=1000`,
  )
  return { job, errors: errors.body, sent: sent.body }
}

/** A CSV of these rows under these columns. */
export function csvOf(columns: string, ...rows: readonly string[]): string {
  return [columns, ...rows, ''].join('\n')
}

/** A decision of that moment in a count of its own; approved, the count is closed with it. */
export async function countedAt(
  server: CountsServer,
  productId: string,
  at: number,
  { isApproved }: { readonly isApproved: boolean },
): Promise<void> {
  const { countId } = await server.aSession()
  await server.db.query(
    `insert into review_decision (work_effort_id, product_id, facility_id, outcome, reason_id, counted_at, decided_by, decided_at, posted_at)
     values ($1, $2, 'north', 'APPLIED', 'x', $3, 'sam', $3, $3)`,
    [countId, productId, at],
  )
  if (isApproved)
    await server.db.query("update cycle_count set status_id = 'CYCLE_CNT_CLOSED' where work_effort_id = $1", [countId])
}
