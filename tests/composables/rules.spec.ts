// The tolerances on screen: in words, typed in, removed and put back; the server behind them is a fake.
import { describe, expect, it } from 'vitest'
import { changeWords, formOf, ruleOfForm, ruleScope, ruleWords } from '../../src/composables/rule-words'
import { useRules } from '../../src/composables/useRules'
import { asId, type FacilityId } from '../../src/domain/ids'
import type { Money } from '../../src/domain/money'
import { unitsOf } from '../../src/domain/quantity'
import type { ReviewRule, StoredRule } from '../../src/domain/review'
import type { SyncWorkerApi } from '../../src/worker/protocol'

const rule = (over: Partial<ReviewRule> = {}): ReviewRule => ({
  facilityId: 'north',
  abcClass: 'A',
  units: unitsOf(1),
  percent: 2,
  money: 250_000 as Money,
  ...over,
})

describe('a rule in words', () => {
  it('[RL12] says for what it is and what it does', () => {
    expect(ruleWords(rule(), 'EUR')).toBe(
      'A variance of up to 1 unit or 2 % of the book is accepted, as long as it is worth no more than €25.00. More is counted again by somebody else.',
    )
    expect(ruleWords(rule({ units: unitsOf(0), money: null }), 'EUR')).toContain(
      'up to 2 % of the book is accepted, whatever it is worth',
    )
    expect(ruleWords(rule({ units: unitsOf(0), percent: 0 }), 'EUR')).toContain('Only a count that is exactly as the book')
    expect(ruleScope(rule(), 'Northside')).toBe('Class A, Northside')
    expect(ruleScope(rule({ facilityId: '*', abcClass: '*' }), 'Northside')).toBe('All products, everywhere')
    const values = { units: unitsOf(1), percent: 2, money: null }
    const change = { facilityId: 'north', abcClass: 'A', at: Date.UTC(2026, 4, 4, 9), by: 'alex' }
    const say = (before: typeof values | null, after: typeof values | null) =>
      changeWords({ ...change, before, after }, { facilityName: 'Northside', currency: null, timeZone: 'UTC' })
    expect(say(null, values)).toBe('4 May 09:00, Alex: Class A, Northside added: 1 or 2 %, no money limit')
    expect(say(values, null)).toBe('4 May 09:00, Alex: Class A, Northside removed')
    expect(say(values, { ...values, percent: 3 })).toContain('1 or 2 %, no money limit became 1 or 3 %')
  })

  it('[RL12] typed in, it is whole units, a percentage and a money limit or none; else it says what is wrong', () => {
    const typed = (over: Partial<ReturnType<typeof formOf>>) =>
      ruleOfForm({ ...formOf(rule()), ...over }, 'north')

    expect(typed({})).toEqual(rule())
    expect(typed({ isEverywhere: true, abcClass: ' ', money: '' })).toEqual(
      rule({ facilityId: '*', abcClass: '*', money: null }),
    )
    expect(typed({ abcClass: 'c', percent: '2,5' })).toMatchObject({ abcClass: 'C', percent: 2.5 })
    expect([
      typed({ abcClass: '-' }),
      typed({ units: '1.5' }),
      typed({ units: '' }),
      typed({ percent: '1001' }),
      typed({ percent: '-1' }),
      typed({ money: 'a lot' }),
    ]).toEqual(['class', 'units', 'units', 'percent', 'percent', 'money'])
  })
})

describe('changing rules', () => {
  /** Keeps rules as the server does; a rule that was changed meanwhile is refused. */
  function aServer(stored: StoredRule[]) {
    let at = 100
    const keyOf = (it: { facilityId: string; abcClass: string }) => `${it.facilityId} ${it.abcClass}`
    const find = (key: { facilityId: string; abcClass: string }) => stored.findIndex((it) => keyOf(it) === keyOf(key))
    const refused = { ok: false, reason: 'rejected', message: 'Somebody else has changed this rule: look again' }
    const answers: Record<string, (...args: never[]) => unknown> = {
      rules: () => ({ ok: true, answer: { rules: [...stored], changes: [], currency: null } }),
      putRule: (wanted: ReviewRule, seen: number | null) => {
        const place = find(wanted)
        if ((stored[place]?.changedAt ?? null) !== seen) return refused
        stored.splice(place < 0 ? stored.length : place, place < 0 ? 0 : 1, { ...wanted, changedBy: 'alex', changedAt: (at += 1) })
        return { ok: true, answer: null }
      },
      removeRule: (key: ReviewRule, seen: number) => {
        const place = find(key)
        if (stored[place]?.changedAt !== seen) return refused
        stored.splice(place, 1)
        return { ok: true, answer: undefined }
      },
    }
    const review = async (name: string, ...args: never[]) => answers[name]?.(...args)
    return { review: review as never } as Pick<SyncWorkerApi, 'review'>
  }

  it('[RL11] [RL12] a removed rule can be put back; what was changed meanwhile is told and shown as it is now', async () => {
    const stored: StoredRule = { ...rule(), changedBy: 'alex', changedAt: 5 }
    const rules = useRules(aServer([stored]), () => asId<FacilityId>('north'))
    await rules.load()

    await rules.remove(stored)
    expect([rules.read.value?.rules, rules.removed.value]).toEqual([[], stored])
    await rules.putBack()
    expect(rules.read.value?.rules).toMatchObject([rule()])
    expect(rules.removed.value).toBeNull()

    expect(await rules.save(rule({ percent: 9 }), stored)).toBe(false)
    expect(rules.problem.value).toContain('Somebody else has changed this rule')
    expect(rules.read.value?.rules).toMatchObject([{ percent: 2 }])
    expect(await rules.save(rule({ percent: 9 }), rules.read.value!.rules[0]!)).toBe(true)
    expect(rules.read.value?.rules).toMatchObject([{ percent: 9 }])
  })
})
