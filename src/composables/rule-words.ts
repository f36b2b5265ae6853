// A tolerance in words: for what it is, what it lets pass; and the form it is typed in.
import { decodeMoney, encodeMoney } from '../domain/money'
import { encodeQuantity } from '../domain/quantity'
import { quantityOfText } from '../domain/quantity-entry'
import { EVERY, type RecountRule, type RecountRuleChange, type ReviewRule, type RuleChange } from '../domain/review'
import { countOf, formatClock, formatCount, formatDay, formatQuantity, nameOf } from './format'
import { formatMoney } from './review-words'

type Values = Pick<ReviewRule, 'units' | 'percent' | 'money'>

/** `Class A, everywhere`. */
export function ruleScope(
  { facilityId, abcClass }: Pick<ReviewRule, 'facilityId' | 'abcClass'>,
  facilityName: string,
): string {
  const what = abcClass === EVERY ? 'All products' : `Class ${abcClass}`
  return `${what}, ${facilityId === EVERY ? 'everywhere' : facilityName}`
}

/** What the rule does, in a sentence or two. Rule: docs/SPEC.md RL12. */
export function ruleWords({ units, percent, money }: Values, currency: string | null): string {
  if (units === 0 && percent === 0)
    return 'Only a count that is exactly as the book is accepted. Everything else is counted again by somebody else.'
  const small = [
    ...(units > 0 ? [countOf(encodeQuantity(units), 'unit')] : []),
    ...(percent > 0 ? [`${formatCount(percent)} % of the book`] : []),
  ].join(' or ')
  const limit =
    money === null
      ? 'whatever it is worth'
      : `as long as it is worth no more than ${formatMoney(money, currency)}`
  return `A variance of up to ${small} is accepted, ${limit}. More is counted again by somebody else.`
}

export function changeWords(
  { facilityId, abcClass, at, by, before, after }: RuleChange,
  { facilityName, currency, timeZone }: { facilityName: string; currency: string | null; timeZone: string },
): string {
  const what =
    after === null
      ? 'removed'
      : before === null
        ? `added: ${valueWords(after, currency)}`
        : `${valueWords(before, currency)} became ${valueWords(after, currency)}`
  return `${doneWords({ at, by }, timeZone)}: ${ruleScope({ facilityId, abcClass }, facilityName)} ${what}`
}

/** Rule: docs/SPEC.md UI85 */
export function recountRuleWords({ isOn }: RecountRule, facilityName: string): string {
  return isOn
    ? `What wants a recount at ${facilityName} is put into one as soon as it is handed in: blind, for somebody who has not counted it. Nobody has to press anything; a supervisor can call it off.`
    : `What wants a recount at ${facilityName} waits until a supervisor sends it.`
}

/** `Changed by Alex, today 14:05`; null: nobody ever has. */
export function recountRuleChanged({ changed }: RecountRule, now: number, timeZone: string): string | null {
  return changed === null ? null : `Changed by ${nameOf(changed.by)}, ${formatDay(changed.at, now, timeZone)}`
}

/** Of tolerances and of recounts, as one list: the newest first. */
export function allChangeWords(
  { changes, recountChanges }: { readonly changes: readonly RuleChange[]; readonly recountChanges: readonly RecountRuleChange[] },
  place: { facilityName: string; currency: string | null; timeZone: string },
): readonly string[] {
  const ofRecounts = recountChanges.map((it) => ({
    at: it.at,
    words: `${doneWords(it, place.timeZone)}: recounts ${it.isOn ? 'are asked for by the rules' : 'wait for a supervisor'}, ${place.facilityName}`,
  }))
  const ofTolerances = changes.map((it) => ({ at: it.at, words: changeWords(it, place) }))
  return [...ofRecounts, ...ofTolerances].toSorted((a, b) => b.at - a.at).map((it) => it.words)
}

function doneWords({ at, by }: { readonly at: number; readonly by: string }, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone }).format(at)
  return `${day} ${formatClock(at, timeZone)}, ${nameOf(by)}`
}

function valueWords({ units, percent, money }: Values, currency: string | null): string {
  const limit = money === null ? 'no money limit' : formatMoney(money, currency)
  return `${formatQuantity(units)} or ${formatCount(percent)} %, ${limit}`
}

/** As typed. */
export interface RuleForm {
  isEverywhere: boolean
  abcClass: string
  units: string
  percent: string
  money: string
}

export type RuleProblem = 'class' | 'units' | 'percent' | 'money'

export const RULE_PROBLEMS: Readonly<Record<RuleProblem, string>> = {
  class: 'A class is one letter or digit; leave it empty for all products.',
  units: 'Type a whole number of units, 0 for none.',
  percent: 'Type a percentage between 0 and 1,000.',
  money: 'Type an amount, or nothing to leave money out.',
}

export function formOf(rule: ReviewRule | null): RuleForm {
  if (rule === null) return { isEverywhere: false, abcClass: '', units: '0', percent: '0', money: '' }
  return {
    isEverywhere: rule.facilityId === EVERY,
    abcClass: rule.abcClass === EVERY ? '' : rule.abcClass,
    units: String(encodeQuantity(rule.units)),
    percent: String(rule.percent),
    money: rule.money === null ? '' : String(encodeMoney(rule.money)),
  }
}

const PERCENT_MAX = 1000
const MONEY_MAX = 1_000_000_000

/** @returns the rule, or what is wrong with it first. Rule: docs/SPEC.md RL12 */
export function ruleOfForm(form: RuleForm, facilityId: string): ReviewRule | RuleProblem {
  const abcClass = form.abcClass.trim().toUpperCase() || EVERY
  if (abcClass !== EVERY && !/^[\p{L}\p{N}]$/u.test(abcClass)) return 'class'
  const units = quantityOfText(form.units)
  if (units?.kind !== 'quantity') return 'units'
  const percent = numberOf(form.percent)
  if (percent === null || percent > PERCENT_MAX) return 'percent'
  const amount = form.money.trim() === '' ? null : numberOf(form.money)
  const money = amount === null ? null : decodeMoney(amount)
  if (form.money.trim() !== '' && (amount === null || amount > MONEY_MAX || money === null)) return 'money'
  return { facilityId: form.isEverywhere ? EVERY : facilityId, abcClass, units: units.quantity, percent, money }
}

/** A plain number of at most four decimals, comma or point; null for anything else. */
function numberOf(text: string): number | null {
  const trimmed = text.trim().replace(',', '.')
  return /^\d{1,10}(?:\.\d{1,4})?$/.test(trimmed) ? Number(trimmed) : null
}
