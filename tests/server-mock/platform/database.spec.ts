import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { Db } from '../../../server-mock/db/db'
import { migrate } from '../../../server-mock/db/migrate'
import { openPglite } from '../../../server-mock/db/pglite-db'
import { openPostgres } from '../../../server-mock/db/postgres-db'
import { NAMED_MAX, NAMELESS_USES_MAX } from '../../../server-mock/db/statement-names'
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
    '[SP26] transactions that hold each other up are run again until each went through',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      await db.script('create table t (k text primary key, n int); insert into t values ($$a$$, 0), ($$b$$, 0)')
      const tries = { ab: 0, ba: 0 }
      // Each holds one row before either asks for the other's; PGlite lets the second begin when the first is done.
      const held = new Set<string>()
      const bothHold = async (name: string): Promise<void> => {
        held.add(name)
        for (let waits = 0; kind === 'postgres' && held.size < 2 && waits < 100; waits += 1) await sleep(10)
      }
      const cross = (name: 'ab' | 'ba', [first, second]: readonly [string, string]) =>
        db.tx(async (sql) => {
          tries[name] += 1
          await sql.query('update t set n = n + 1 where k = $1', [first])
          await bothHold(name)
          await sql.query('update t set n = n + 1 where k = $1', [second])
        })

      await Promise.all([cross('ab', ['a', 'b']), cross('ba', ['b', 'a'])])

      expect(await db.query('select k, n from t order by k')).toEqual([{ k: 'a', n: 2 }, { k: 'b', n: 2 }])
      expect(tries.ab + tries.ba).toBe(kind === 'postgres' ? 3 : 2)
    },
  )

  check(
    '[SP26] a transaction that always fails so is given up, and its failure told',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      let tries = 0
      const failing = db.tx(async (sql) => {
        tries += 1
        await sql.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$")
      })
      await expect(failing).rejects.toMatchObject({ code: '40001' })
      expect(tries).toBe(kind === 'postgres' ? 4 : 1)
      expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
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

  check(
    '[SV80] plans are kept for what is asked for often, also after much else was asked first; a connection keeps few',
    { timeout: SERVER_START_MS },
    async () => {
      const db = await openOne(kind)
      for (let nth = 0; nth < 2 * NAMED_MAX; nth += 1) await db.query(`select ${nth}`)
      for (let nth = 0; nth <= NAMELESS_USES_MAX; nth += 1) await db.query('select $1::int as often', [nth])
      const kept = await db.query<{ statement: string }>('select statement from pg_prepared_statements')
      const texts = kept.map((it) => it.statement)
      if (kind === 'postgres') expect(texts).toContain('select $1::int as often')
      expect(texts.length).toBeLessThanOrEqual(NAMED_MAX)
    },
  )
})
