// The board's cursor where writers really run beside each other and commit in another order than they began.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ensureEpoch } from '../../../server-mock/db/meta'
import type { Board } from '../../../src/contract/board'
import type * as v from 'valibot'
import { startCountsServer, type CountsServer, type TestSession } from '../../support/counts-server'

vi.setConfig({ testTimeout: 120_000 })
const HAS_POSTGRES = process.env['DATABASE_URL'] !== undefined

type BoardAnswer = v.InferOutput<typeof Board>

describe.skipIf(!HAS_POSTGRES)('the board beside writers (skipped without DATABASE_URL)', () => {
  let server: CountsServer
  beforeAll(async () => {
    server = await startCountsServer('extended', { database: 'postgres' })
    await ensureEpoch(server.db)
  }, 120_000)
  afterAll(() => server.close())

  async function board(cursor: string | null): Promise<BoardAnswer> {
    const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`
    return (await server.call('sam', 'GET', `board?facilityId=north${after}`)).body as BoardAnswer
  }
  const areaOf = (answer: BoardAnswer, { sessionId }: TestSession) =>
    answer.sessions.find((it) => it.sessionId === sessionId)?.area

  /** Writes at once and commits when it is told to. */
  async function writer(session: Pick<TestSession, 'sessionId'>, area: string) {
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    let done: Promise<void> = Promise.resolve()
    await new Promise<void>((written, failed) => {
      done = server.db.tx(async (sql) => {
        await sql.query('update count_session set area = $2 where session_id = $1', [session.sessionId, area])
        written()
        await gate
      })
      done.catch(failed)
    })
    const commit = (): Promise<void> => {
      open()
      return done
    }
    return { commit }
  }

  it('[BD2] what began first and commits last is not missed by who looked in between', async () => {
    const [early, late] = [await server.aSession(), await server.aSession()]
    const { cursor } = await board(null)
    const first = await writer(early, 'early')
    const second = await writer(late, 'late')
    await second.commit()

    const between = await board(cursor)
    await first.commit()
    const after = await board(between.cursor)

    expect([areaOf(between, late), areaOf(between, early)]).toEqual(['late', undefined])
    expect(areaOf(after, early)).toBe('early')
  })

  it('[BD2] a session that one writer changes after another is told of both', async () => {
    const session = await server.aSession()
    const other = await server.aSession()
    const { cursor } = await board(null)
    // Has its number before the others, and is the last to write this session.
    const old = await writer(other, 'elsewhere')
    await (await writer(session, 'first')).commit()
    const between = await board(cursor)
    await old.commit()
    await (await writer(session, 'second')).commit()

    const after = await board(between.cursor)

    expect(areaOf(between, session)).toBe('first')
    expect([areaOf(after, session), areaOf(after, other)]).toEqual(['second', 'elsewhere'])
  })

  it('[BD2] each look has what was committed before it, however writers overtake each other', async () => {
    // So many that what is missed once is rarely made good by the next write.
    const { countId } = await server.aSession()
    const sessions = await server.db.query<{ sessionId: string }>(
      `insert into count_session (session_id, work_effort_id, name, area, status_id, created_by, created_at)
       select $1 || '-' || n, $1, 'Aisle ' || n, '', 'SESSION_ASSIGNED', 'ana', n from generate_series(1, 61) n
       returning session_id as "sessionId"`,
      [countId],
    )
    /** Per session, in the order of the commits. */
    const committed = new Map(sessions.map((it) => [it.sessionId, [] as string[]]))
    const seen = new Map<string, string | null>()
    const missed: string[] = []
    let cursor: string | null = null
    const look = async (): Promise<void> => {
      const before = new Map([...committed].map(([id, areas]) => [id, areas.length]))
      const answer = await board(cursor)
      cursor = answer.cursor
      for (const it of answer.sessions) seen.set(it.sessionId, it.area ?? null)
      for (const [id, many] of before) {
        const place = (committed.get(id) ?? []).indexOf(seen.get(id) ?? '')
        // Not in the list: newer than what this test has heard of.
        if (many > 0 && place !== -1 && place < many - 1) missed.push(`${id}: ${seen.get(id)} after ${many} commits`)
      }
    }
    await look()
    const write = async (worker: number): Promise<void> => {
      for (let round = 0; round < 20; round += 1) {
        // An order that is always the same, and another one for each writer.
        const { sessionId } = sessions[(worker * 7 + round * 11) % sessions.length]!
        const area = `w${worker}-${round}`
        const held = await writer({ sessionId }, area)
        // The first writers hold their transactions longest: they are overtaken again and again.
        await new Promise((resolve) => setTimeout(resolve, 6 * (5 - worker)))
        await held.commit()
        committed.get(sessionId)?.push(area)
      }
    }
    let isWriting = true
    const reading = (async () => {
      for (let looks = 0; isWriting && looks < 2_000; looks += 1) await look()
    })()

    await Promise.all([0, 1, 2, 3, 4].map(write))
    isWriting = false
    await reading
    await look()

    expect(missed).toEqual([])
    const whole = new Map((await board(null)).sessions.map((it) => [it.sessionId, it.area]))
    for (const { sessionId } of sessions) expect([sessionId, seen.get(sessionId)]).toEqual([sessionId, whole.get(sessionId)])
  })
})
