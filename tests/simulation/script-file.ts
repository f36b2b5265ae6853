// What a seed played, in a file: a shrunk failure is played again from it, also when seeds draw something else by then.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { LIMITS } from '../../src/domain/limits'
import type { Script } from './run-seed'

export interface KeptScript {
  /** What the network and the disk do is drawn from it, beside the script. */
  readonly seed: number
  readonly script: Script
}

/** Where failed runs leave theirs. */
export const SCRIPTS_FOLDER = '.data/scripts'
/** Those of the named regressions. */
export const REGRESSION_SCRIPTS = 'tests/simulation/scripts'

export function keepScript(file: string, { seed, script }: KeptScript): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const { faults, actions, ...rest } = script
  // One fault or action a line, so that a person can leave some out.
  const lines = (parts: readonly unknown[]): string => `[\n${parts.map((it) => `    ${JSON.stringify(it)}`).join(',\n')}\n  ]`
  const restLines = Object.entries(rest).map(([name, part]) => `  ${JSON.stringify(name)}: ${JSON.stringify(part)}`)
  const parts = [...restLines, `  "faults": ${lines(faults)}`, `  "actions": ${actions === null ? 'null' : lines(actions)}`]
  writeFileSync(file, `{\n"seed": ${seed},\n"script": {\n${parts.join(',\n')}\n}\n}\n`)
}

/** Limits that came after the script was kept are today's. @throws Error in words for a file that is no script */
export function readScript(file: string): KeptScript {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Partial<KeptScript>
  const { seed, script } = kept
  if (seed === undefined || script?.swarm === undefined || !Array.isArray(script.faults) || !Array.isArray(script.actions))
    throw new Error(`${file} holds no script that a run has kept`)
  return { seed, script: { ...script, swarm: { ...script.swarm, limits: { ...LIMITS, ...script.swarm.limits } } } }
}
