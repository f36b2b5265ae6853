// What may explain a variance, in words: the suggestion, and the evidence for it.
import type { Likeness, VarianceSuggestion } from '../domain/review'
import { countOf, formatChange, formatCount } from './format'
import { movedWords } from './review-words'

export interface SuggestionWords {
  readonly title: string
  readonly evidence: string
}

/** Rule: docs/SPEC.md EX9. */
export function suggestionWords(it: VarianceSuggestion, timeZone: string): SuggestionWords {
  switch (it.kind) {
    case 'mixed-up':
      return {
        title: `Mixed up with ${it.name}?`,
        evidence: `${formatChange(it.variance)} there${it.isWhole ? ', exactly what is off here' : ''}; ${likenessWords(it.because)}.`,
      }
    case 'packs':
      return { title: PACK_TITLES[it.how], evidence: packWords(it) }
    case 'movement':
      return movementWords(it, timeZone)
    case 'often-off':
      return {
        title: 'Often miscounted',
        evidence:
          `Off in ${formatCount(it.off)} of the last ${countOf(it.counts, 'count')}` +
          (it.recounted > 0 ? `, ${formatCount(it.recounted)} counted again` : '') +
          `; ${formatChange(it.lastVariance)} on ${dayOf(it.lastAt, timeZone)}. Look at its place and label.`,
      }
  }
}

function likenessWords(because: readonly Likeness[]): string {
  return because.map(likeness).join(', ')
}

function likeness(it: Likeness): string {
  switch (it.kind) {
    case 'code':
      return `barcodes ${it.own} and ${it.theirs} are easily taken for each other`
    case 'beside':
      return it.seconds < 1
        ? 'scanned in the same second on one device'
        : `scanned ${countOf(it.seconds, 'second')} apart on one device`
    case 'shelf':
      return shelfWords(it)
    case 'name':
      return 'the names are alike'
  }
}

function shelfWords({ own, theirs, steps }: Extract<Likeness, { kind: 'shelf' }>): string {
  if (steps === 0) return `both lie in ${own}`
  return steps === 1
    ? `they lie side by side, this in ${own} and that in ${theirs}`
    : `they lie two places apart, this in ${own} and that in ${theirs}`
}

type Packs = Extract<VarianceSuggestion, { kind: 'packs' }>

const PACK_TITLES: Readonly<Record<Packs['how'], string>> = {
  'cases-as-units': 'Cases counted as units?',
  'units-as-cases': 'Units counted as cases?',
  'whole-cases': 'Whole cases off?',
}

function packWords({ how, code, packSize, packs }: Packs): string {
  const size = formatCount(packSize)
  const cases = countOf(packs, 'case')
  switch (how) {
    case 'cases-as-units':
      return `${cases} of ${size} (barcode ${code}) would be just what the book says.`
    case 'units-as-cases':
      return `The count is ${cases} of ${size} (barcode ${code}): the book says as many units.`
    case 'whole-cases':
      return `The variance is ${cases} of ${size} (barcode ${code}).`
  }
}

function movementWords(
  { how, movement }: Extract<VarianceSuggestion, { kind: 'movement' }>,
  timeZone: string,
): SuggestionWords {
  const moved = movedWords({ ...movement, times: 1, lastAt: movement.at }, timeZone)
  const from = movement.reference === null ? '' : ` (${movement.reference})`
  return how === 'shelf-first'
    ? {
        title: 'Booked late?',
        evidence: `${moved}${from}, after the count: at the shelf it may have been so before.`,
      }
    : {
        title: 'Booked before it was done?',
        evidence: `${moved}${from}, before the count: at the shelf it may not have been so yet.`,
      }
}

function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone }).format(at)
}
