// What was changed of templates and schedule, in a sentence each.
import type { PlanDeed } from '../ports/plan-again'
import { countOf } from './format'
import { templateWords } from './plan-template'

export function planChangeWords(deed: PlanDeed): string {
  switch (deed.kind) {
    case 'template-made':
      return `Template “${deed.name}” made`
    case 'template-deleted':
      return `Template “${deed.name}” deleted`
    case 'template-restored':
      return `Template “${deed.name}” brought back`
    case 'template-used':
      return `Template “${deed.name}” used${deed.countName === null ? '' : ` for the count “${deed.countName}”`}`
    case 'template-changed': {
      const what = deed.renamed === null ? `Template “${deed.name}” changed` : `Template “${deed.renamed.from}” renamed “${deed.renamed.to}”`
      if (deed.plan === null) return what
      const [from, to] = [templateWords(deed.plan.from), templateWords(deed.plan.to)]
      // Which products, or whose session: what the words leave out.
      return from === to ? `${what}: ${to}, with other products, people or amounts` : `${what}: was ${from}; now ${to}`
    }
    case 'schedule-changed':
      return `Schedule changed: ${deed.classes.map(frequencyWords).join('; ')}`
    case 'other':
      return `Changed: ${deed.action}`
  }
}

function frequencyWords({ abcClass, from, to }: { readonly abcClass: string; readonly from: number | null; readonly to: number | null }): string {
  const every = (days: number | null) => (days === null ? 'in no schedule' : `every ${countOf(days, 'day')}`)
  return `class ${abcClass} ${every(to)}, was ${every(from)}`
}
