// What a review asks before it books, sends or throws away something: title, what happens, ready-made reasons.
import { isUncounted, roundOf, type ReviewRow } from '../domain/review'
import type { LateRow, ReviewSession } from '../ports/review'
import type { Asked } from './asked'
import { countOf, formatQuantity } from './format'
import type { SessionAct } from './session-words'

export function recountQuestion(rows: readonly ReviewRow[]): Asked {
  const what = rows.length === 1 ? (rows[0]?.name ?? '') : countOf(rows.length, 'product')
  return {
    title: `Recount ${what}`,
    description: rows.every(isUncounted)
      ? 'Somebody looks for it, without seeing any amount.'
      : 'Somebody who has not counted it counts it again, without seeing any amount.',
    confirm: 'Send to recount',
    reasons: ['Beyond the tolerance', 'Looks unlikely', 'Stock moved while it was counted'],
    amount: null,
  }
}

export function cancelRecountQuestion(row: ReviewRow): Asked {
  return {
    title: 'Call the recount off',
    description: row.name,
    confirm: 'Call off',
    reasons: ['Not needed any more'],
    amount: null,
  }
}

export function amountQuestion(row: ReviewRow, isClosed: boolean): Asked {
  const total = row.decision?.approvedTotal ?? roundOf(row)?.quantity ?? null
  return {
    title: `Amount of ${row.name}`,
    description: isClosed
      ? 'The count is closed: the difference is booked as a correction and stays in the trail.'
      : 'The count stays as it is; your difference is kept beside it, with your reason.',
    confirm: isClosed ? 'Correct' : 'Set the amount',
    reasons: ['', 'Found elsewhere', 'Counted twice', 'Wrong unit', 'Sold out'],
    amount: total === null || total < 0 ? '' : formatQuantity(total).replaceAll(',', ''),
    ...(isClosed ? {} : { photo: 'offered' }),
  }
}

/** What is booked is worth more than the money limit. */
export function dearQuestion({ name }: ReviewRow, action: 'apply' | 'zero'): Asked {
  const isZero = action === 'zero'
  return {
    title: isZero ? `Set ${name} to zero` : `Apply ${name}`,
    description: `It is worth more than the money limit: say why, and take a picture of the ${isZero ? 'place where it should be' : 'shelf'}.`,
    confirm: isZero ? 'Set to zero' : 'Apply',
    reasons: isZero ? ['', 'Nobody found it', 'Broken', 'Stolen'] : ['', 'Counted again by me', 'Broken', 'Stolen', 'Found elsewhere'],
    amount: null,
    photo: 'wanted',
  }
}

export function waiverQuestion(what: string): Asked {
  return {
    title: 'Go on without them',
    description: what,
    confirm: 'Go on',
    reasons: ['', 'The device is lost', 'Not part of this count'],
    amount: null,
  }
}

/** Why, and ready-made reasons. */
const SESSION_QUESTIONS: Readonly<
  Record<
    SessionAct,
    { readonly verb: string; readonly text: string; readonly reasons: readonly string[] }
  >
> = {
  reopen: {
    verb: 'Open again',
    text: 'Whoever has it can count on in it, and submits it again. Until then the count cannot be approved. What was counted stays.',
    reasons: ['', 'Something was left out', 'Submitted too early'],
  },
  void: {
    verb: 'Discard',
    text: 'Its counts no longer count, and scans that still come for it are kept and change nothing. This can be undone.',
    reasons: ['', 'Not needed', 'Counted twice'],
  },
  restore: {
    verb: 'Bring back',
    text: 'Its counts count again, as they stood before it was discarded.',
    reasons: ['', 'Discarded by mistake', 'Not counted twice after all'],
  },
}

export function sessionQuestion({ name }: ReviewSession, action: SessionAct): Asked {
  const { verb, text, reasons } = SESSION_QUESTIONS[action]
  return { title: `${verb}: ${name}`, description: text, confirm: verb, reasons, amount: null }
}

/** Of a count whose counting was ended, before it is approved. */
export function reopenCountQuestion(name: string): Asked {
  return {
    title: `Open again: ${name}`,
    description:
      'It is counted on: new sessions can be begun in it. Sessions and decisions stay as they are.',
    confirm: 'Open again',
    reasons: ['', 'Ended too early', 'A part was not counted'],
    amount: null,
  }
}

export function lateQuestion({ name }: LateRow, verdict: 'accepted' | 'refused'): Asked {
  const isAccepted = verdict === 'accepted'
  return {
    title: `${isAccepted ? 'Accept' : 'Refuse'} late scans`,
    description: name,
    confirm: isAccepted ? 'Accept' : 'Refuse',
    reasons: ['', 'The device was offline', 'Counted after the fact'],
    amount: null,
  }
}
