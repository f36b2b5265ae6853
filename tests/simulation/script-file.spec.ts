// A script that was kept plays what was played.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LIMITS } from '../../src/domain/limits'
import { runDay } from './day'
import { REGRESSIONS } from './regressions'
import { runSeed } from './run-seed'
import { keepScript, readScript, REGRESSION_SCRIPTS } from './script-file'

// Whole seeds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'script-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a script in a file', () => {
  it.each([1, 3, 17])('[SM127] plays what seed %i played, event for event', async (seed) => {
    const file = path.join(folder, 'kept', 'script.json')
    const { script } = await runDay(seed, 'both')
    const played = await runSeed(seed, { script })

    keepScript(file, { seed, script })
    const kept = readScript(file)

    expect(kept).toEqual({ seed, script })
    expect((await runSeed(kept.seed, { script: kept.script })).hash).toBe(played.hash)
  })

  it('[SM127] that is none is refused in words', () => {
    const file = path.join(folder, 'other.json')
    writeFileSync(file, '{"seed": 3}')

    expect(() => readScript(file)).toThrow(`${file} holds no script`)
  })

  it('[SM127] that was kept before there was a limit has it as it is today', async () => {
    const file = path.join(folder, 'old.json')
    const { script } = await runDay(1, 'storm')
    const { rebuildBatch: _, ...limits } = script.swarm.limits
    writeFileSync(file, JSON.stringify({ seed: 1, script: { ...script, swarm: { ...script.swarm, limits } } }))

    expect(readScript(file).script.swarm.limits).toEqual({ ...script.swarm.limits, rebuildBatch: LIMITS.rebuildBatch })
  })

  it('[SM127] stands for each regression that has one, whatever its seed would draw today', () => {
    const scripts = REGRESSIONS.flatMap(({ name, seed, hasScript = false }) => (hasScript ? [{ name, seed }] : []))

    expect(scripts.length).toBeGreaterThan(0)
    for (const { name, seed } of scripts) expect(readScript(`${REGRESSION_SCRIPTS}/${name}.json`).seed).toBe(seed)
  })
})
