// Makes a failing seed's script small: drops devices, actions, faults and kinds of trouble while it still fails in the same way.
import { runSeed } from './run-seed'
import type { RunOptions, Script, SeedResult } from './run-seed'
import { CALM_NETWORK, CALM_STORAGE } from './swarm'

/** Runs of a whole seed. */
const RUNS_MAX = 400

/**
 * @param stillFails runs a script; true when it shows the same failure
 * @returns the smallest script found, and how many runs it took
 */
export async function shrinkScript(script: Script, stillFails: (script: Script) => Promise<boolean>): Promise<{ script: Script; runs: number }> {
  let best = script
  let runs = 0
  const attempt = async (candidate: Script): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false
    runs += 1
    if (!(await stillFails(candidate))) return false
    best = candidate
    return true
  }

  await attempt({ ...best, scenes: [] })
  await attempt({ ...best, swarm: { ...best.swarm, network: { ...CALM_NETWORK, copyMaxMs: best.swarm.network.copyMaxMs } } })
  await attempt({ ...best, swarm: { ...best.swarm, storage: CALM_STORAGE } })
  await attempt({ ...best, swarm: { ...best.swarm, keepsLog: false } })
  await attempt({ ...best, swarm: { ...best.swarm, hasPoison: false } })
  await attempt({ ...best, swarm: { ...best.swarm, skewMs: [] } })
  for (const devices of [1, 2, 3]) if (devices < best.swarm.devices && (await attempt({ ...best, swarm: { ...best.swarm, devices } }))) break
  for (const tabs of [1, 2]) if (tabs < best.swarm.tabs && (await attempt({ ...best, swarm: { ...best.swarm, tabs } }))) break
  await dropParts(best.scenes ?? [], (scenes) => attempt({ ...best, scenes }))
  await dropParts(best.faults, (faults) => attempt({ ...best, faults }))
  await dropParts(best.actions ?? [], (actions) => attempt({ ...best, actions }))
  for (const rate of ['lossRate', 'lostAnswerRate', 'duplicateRate', 'injectRate', 'slowRate'] as const)
    if (best.swarm.network[rate] > 0) await attempt({ ...best, swarm: { ...best.swarm, network: { ...best.swarm.network, [rate]: 0 } } })
  for (const rate of ['slowRate', 'failRate', 'untoldRate'] as const)
    if (best.swarm.storage[rate] > 0) await attempt({ ...best, swarm: { ...best.swarm, storage: { ...best.swarm.storage, [rate]: 0 } } })
  await dropParts(best.faults, (faults) => attempt({ ...best, faults }))
  return { script: best, runs }
}

/** Delta debugging: leaves out halves, then quarters, down to single parts, as long as `attempt` agrees. */
export async function dropParts<T>(parts: readonly T[], attempt: (kept: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let kept = parts
  for (let size = Math.max(1, kept.length >> 1); kept.length > 0; size = Math.max(1, size >> 1)) {
    let hasDropped = false
    for (let at = 0; at < kept.length; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (await attempt(without)) {
        kept = without
        hasDropped = true
      } else at += size
    }
    if (size === 1 && !hasDropped) break
  }
  return kept
}

/** Shrinks a failed run; the same invariant must break. */
export async function shrinkSeed(failed: SeedResult, options: RunOptions = {}): Promise<{ script: Script; runs: number; result: SeedResult }> {
  const wanted = failed.violation?.invariant
  const run = (script: Script): Promise<SeedResult> => runSeed(failed.seed, { ...options, script, traceLines: 0 })
  const { script, runs } = await shrinkScript(failed.script, async (candidate) => (await run(candidate)).violation?.invariant === wanted)
  return { script, runs, result: await run(script) }
}
