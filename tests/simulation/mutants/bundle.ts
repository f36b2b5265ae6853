// The simulator as one file, with or without a planted bug: built from the real source by the bundler that builds the app.
import { relative } from 'node:path'
import type { Plugin } from 'vite'
import { buildProgram } from '../program'
import { mutate } from './mutate'
import type { Mutant } from './mutants'

const ENTRY = 'tests/simulation/mutants/hunt.ts'

/** A mutant's text was not found exactly once: the source has moved on, and the mutant must follow. */
export class MisplacedMutantError extends Error {
  override readonly name = 'MisplacedMutantError'
}

/**
 * Build the hunt, with the simulator and all that it imports, into one program.
 * @param root the project's folder
 * @throws {MisplacedMutantError} when the mutant does not fit the source, or none of its files is part of the simulation
 */
export async function bundleSimulation(root: string, mutant: Mutant | null, outFile: string): Promise<void> {
  const applied = new Set<string>()
  await buildProgram(root, ENTRY, outFile, mutant === null ? [] : [mutantPlugin(root, mutant, applied)])
  const missing = (mutant?.edits ?? []).filter((edit) => !applied.has(edit.file))
  if (mutant !== null && missing.length > 0)
    throw new MisplacedMutantError(`${mutant.name}: ${missing[0]?.file ?? ''} is not part of the simulation`)
}

function mutantPlugin(root: string, mutant: Mutant, applied: Set<string>): Plugin {
  return {
    name: 'planted-bug',
    enforce: 'pre',
    transform(code, id) {
      const file = relative(root, id.split('?')[0] ?? id).replaceAll('\\', '/')
      if (!mutant.edits.some((edit) => edit.file === file)) return null
      const result = mutate(mutant, file, code)
      if (result.kind === 'misplaced')
        throw new MisplacedMutantError(`${mutant.name}: its text occurs ${result.occurrences} times in ${file}`)
      applied.add(file)
      return { code: result.code, map: null }
    },
  }
}
