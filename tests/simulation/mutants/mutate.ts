// Puts a mutant into the source that is being loaded; a text that does not occur exactly once is an error, not a missed mutant.
import type { Edit, Mutant } from './mutants'

export type Applied =
  | { readonly kind: 'applied'; readonly code: string }
  | { readonly kind: 'misplaced'; readonly edit: Edit; readonly occurrences: number }

/** The source of `file` with all edits of the mutant that concern it. `code` is unchanged when none does. */
export function mutate(mutant: Pick<Mutant, 'edits'>, file: string, code: string): Applied {
  let mutated = code
  for (const edit of mutant.edits) {
    if (edit.file !== file) continue
    const parts = mutated.split(edit.find)
    if (parts.length !== 2) return { kind: 'misplaced', edit, occurrences: parts.length - 1 }
    mutated = parts.join(edit.replace)
  }
  return { kind: 'applied', code: mutated }
}
