import { afterEach, describe, expect, it } from 'vitest'
import type { Db } from '../../../server-mock/db/db'
import { migrate } from '../../../server-mock/db/migrate'
import { openPglite } from '../../../server-mock/db/pglite-db'
import { openPostgres } from '../../../server-mock/db/postgres-db'
import { SERVER_START_MS, TEST_DATABASE_URL } from '../../support/server'

const SCHEMA = `db_${process.pid}`
const open: Db[] = []
afterEach(async () => {
  for (const db of open.splice(0)) {
    if (db.kind === 'postgres') await db.script(`drop schema if exists ${SCHEMA} cascade`)
    await db.close()
  }
})

async function openOne(kind: 'pglite' | 'postgres'): Promise<Db> {
  const db =
    kind === 'pglite'
      ? await openPglite({ folder: null })
      : await openPostgres(TEST_DATABASE_URL, SCHEMA)
  open.push(db)
  return db
}

describe.each([
  { kind: 'pglite' as const, isSkipped: false },
  { kind: 'postgres' as const, isSkipped: TEST_DATABASE_URL === '' },
])('the database port on $kind', ({ kind, isSkipped }) => {
  const check = isSkipped ? it.skip : it

  check(
    '[SP21] gives the same values for the same types',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      const [row] = await db.query(
        `select 9007199254740991::bigint as big, count(*) as n, 1.5::numeric(20,6) as exact, $1::jsonb as json,
         'b' = any($2::text[]) as found, null::text as nothing from (values (1), (2)) v`,
        [JSON.stringify([{ a: 1 }]), ['a', 'b']],
      )
      expect(row).toEqual({
        big: 9007199254740991,
        n: 2,
        exact: '1.500000',
        json: [{ a: 1 }],
        found: true,
        nothing: null,
      })
    },
  )

  check(
    '[SP21] a transaction that throws leaves nothing, and the next one works',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      await db.script('create table t (n int primary key)')
      await expect(
        db.tx(async (sql) => {
          await sql.query('insert into t values (1)')
          throw new Error('changed my mind')
        }),
      ).rejects.toThrow('changed my mind')
      await expect(
        db.tx((sql) => sql.query('insert into t values (1), (1)')),
      ).rejects.toMatchObject({ code: '23505' })
      await db.tx((sql) => sql.query('insert into t values (2)'))
      expect(await db.query('select n from t')).toEqual([{ n: 2 }])
    },
  )

  check(
    '[SP21] transactions that hold the same row take turns',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      await db.script('create table t (n int); insert into t values (0)')
      const addOne = () =>
        db.tx(async (sql) => {
          const [row] = await sql.query<{ n: number }>('select n from t for update')
          await sql.query('update t set n = $1', [(row?.n ?? 0) + 1])
        })
      await Promise.all(Array.from({ length: 20 }, addOne))
      expect(await db.query('select n from t')).toEqual([{ n: 20 }])
    },
  )

  check(
    '[SP21] migrations run once, in order, also when two servers start together',
    { timeout: SERVER_START_MS },
    async () => {
      const first = await openOne(kind)
      const second = kind === 'postgres' ? await openOne(kind) : first
      const [a, b] = await Promise.all([migrate(first), migrate(second)])
      const names = [...a, ...b].toSorted()
      expect(names.length).toBeGreaterThanOrEqual(3)
      expect(new Set(names).size).toBe(names.length)
      expect(await migrate(first)).toEqual([])
    },
  )
})
