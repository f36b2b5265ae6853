// What is said when something that is being made goes along to another facility.
import { peopleWords } from './review-words'

export interface MovedPeople {
  /** Who does not count there. */
  readonly left: readonly string[]
  /** Nobody could be asked who counts there: nobody is chosen. */
  readonly isUnknown: boolean
}

/** @param what that it is still there, and for which facility, as one sentence */
export function movedToWords(
  { left, isUnknown }: MovedPeople,
  what: string,
  { hasTimes, hadProducts = false }: { readonly hasTimes: boolean; readonly hadProducts?: boolean },
): string {
  const said = [what]
  if (hadProducts) said.push('The products were chosen from the other facility and were left out.')
  if (left.length > 0) said.push(`${peopleWords(left)} ${left.length === 1 ? 'does not count there and was' : 'do not count there and were'} left out.`)
  if (isUnknown) said.push('Choose again who counts there.')
  if (hasTimes) said.push('The times are meant there too.')
  return said.join(' ')
}
