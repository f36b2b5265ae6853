// A short recorded history over real HTTP; `npm run test:history` records longer ones.
import { describe, expect, it } from 'vitest'
import { runHistory } from './run-history'

const LIMIT_MS = 300_000
const SECONDS = 6

describe('a recorded history', () => {
  it(
    '[HH5] is right: real engines of several users, a bad network, a submit, a server that is killed in the middle',
    async () => {
      const { entries, problems, faults, kills } = await runHistory({
        clients: 3,
        seconds: SECONDS,
        seed: 11,
      })

      expect(problems).toEqual([])
      expect(kills).toBe(1)
      // A network that did nothing would prove nothing.
      expect(faults.size).toBeGreaterThan(2)
      for (const op of ['push', 'submit'])
        expect(entries.some((it) => it.op === op && it.kind === 'ok')).toBe(true)
    },
    LIMIT_MS,
  )
})
