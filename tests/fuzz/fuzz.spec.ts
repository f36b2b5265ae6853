// A short round of the fuzzer in both profiles; `npm run fuzz -- --runs N` fires as long as you like.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { HttpError } from '../../server-mock/http/errors'
import type { Registrar } from '../../server-mock/http/route'
import { FUZZ_DEFINITIONS } from './definitions'
import { fuzzRoute, judge, routeName } from './fuzz-route'
import { startFuzzTarget, type FuzzTarget } from './target'

const LIMIT_MS = 240_000
const RUNS = 8
const SEED = 20_261_125

describe.each(['extended', 'hotwax'] as const)('hostile requests, profile %s', (profile) => {
  let target: FuzzTarget
  beforeAll(async () => {
    target = await startFuzzTarget(profile)
  }, LIMIT_MS)
  afterAll(() => target.close())

  it('[SV1] every route of the registry has a fuzz definition', () => {
    const undefinedRoutes = target.routes.map(routeName).filter((it) => !(it in FUZZ_DEFINITIONS))
    expect(undefinedRoutes).toEqual([])
    if (profile === 'extended')
      expect(Object.keys(FUZZ_DEFINITIONS).toSorted()).toEqual(
        target.routes.map(routeName).toSorted(),
      )
  })

  it(
    '[SV1] [SV2] every route answers in time and in the envelope, never with a 500, and a refusal changes no row',
    async () => {
      const statuses = new Set<number>()
      for (const [at, route] of target.routes.entries())
        for (const status of (
          await fuzzRoute(target, route, { runs: RUNS, seed: SEED + at })
        ).keys())
          statuses.add(status)

      // A round that only bounced off the door would prove nothing.
      expect([...statuses]).toEqual(
        expect.arrayContaining([200, 400, 401, 403, 404, 405, 413, 415]),
      )
    },
    LIMIT_MS,
  )
})

describe('the fuzzer', () => {
  const registerBad: Registrar = (registry, { db }) => {
    const body = v.object({ name: v.string() })
    registry.route({
      method: 'POST',
      path: 'leaky',
      needs: 'anonymous',
      body,
      handler: async () => {
        await db.query("update count_session set name = 'changed'")
        throw new HttpError(400, 'no')
      },
    })
    registry.route({
      method: 'POST',
      path: 'broken',
      needs: 'anonymous',
      body,
      handler: () => Promise.reject(new TypeError('oops')),
    })
  }

  it(
    '[SV1] [SV2] sees a refused call that wrote, and a 500',
    async () => {
      const target = await startFuzzTarget('extended', [registerBad])
      const definitions = {
        'POST leaky': { body: { name: 'x' } },
        'POST broken': { body: { name: 'x' } },
      }
      const reportOf = async (path: string) => {
        const route = target.routes.find((it) => it.path === path)!
        return fuzzRoute(target, route, { runs: 60, seed: SEED, definitions }).then(
          () => 'nothing',
          (error: unknown) => String((error as Error).cause),
        )
      }

      expect(await reportOf('leaky')).toContain('changed count_session')
      expect(await reportOf('broken')).toContain('status 500')
      await target.close()
    },
    LIMIT_MS,
  )

  it('[SV1] takes a refusal for good only when it says what it is, and nothing of the inside', () => {
    const json = new Headers({ 'content-type': 'application/json' })
    const answer = (status: number, body: unknown) =>
      judge({ status, headers: json }, typeof body === 'string' ? body : JSON.stringify(body))

    expect(answer(400, { errorCode: 400, errors: 'no', code: 'BAD_REQUEST' })).toBeNull()
    const wrong = [
      answer(500, { errorCode: 500, errors: 'Internal error' }),
      answer(400, 'Bad Request'),
      answer(400, { errorCode: 404, errors: 'no' }),
      answer(400, { errorCode: 400, errors: 'no', code: 'WHAT' }),
      answer(400, { errorCode: 400, errors: 'x'.repeat(5000) }),
      answer(400, { errorCode: 400, errors: 'Error\n at run (/srv/app.ts:1:1)' }),
      answer(200, '<html>'),
    ]
    expect(wrong).not.toContain(null)
  })
})
