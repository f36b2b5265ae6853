// What somebody may set up for a scanner on a device: a prefix that is taken off.

/** Longer ones no scanner sends. */
export const PREFIX_LENGTH_MAX = 20

/**
 * Why a text cannot be a prefix.
 * - `digits`: barcodes begin with them, too; taking them off would turn one product into another
 * - `identifier`: symbology identifiers are taken off as they are, into a field of their own
 */
export type PrefixProblem = 'digits' | 'identifier' | 'too-long'

/** @returns null when the prefix can be used; an empty one is none. Rules: docs/SPEC.md WS4 */
export function prefixProblemOf(prefix: string): PrefixProblem | null {
  if (prefix.length > PREFIX_LENGTH_MAX) return 'too-long'
  if (/^[0-9]+$/.test(prefix)) return 'digits'
  return prefix.startsWith(']') ? 'identifier' : null
}
