// The built app in dist/, made anew only when something that goes into it has changed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { contentHash } from './content-hash.mjs'
import { run } from './run.mjs'

const STAMP = 'dist/.stamp'
const INPUTS = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
]
const BUILD_LIMIT_MS = 180_000

/**
 * @param {(line: string) => void} say
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function ensureBuild(say) {
  const wanted = contentHash(INPUTS)
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return { ok: true }

  say('building the app …')
  const build = await run(
    process.execPath,
    ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
    {
      timeoutMs: BUILD_LIMIT_MS,
      quiet: true,
      // Anything else in the environment would build Vue's development version.
      env: { NODE_ENV: 'production' },
    },
  )
  if (!build.ok) console.error(build.output)
  if (!build.ok)
    return {
      ok: false,
      reason: build.timedOut ? 'the build took too long' : 'the build failed: see above',
    }
  writeFileSync(STAMP, wanted)
  say(`app built in ${build.seconds.toFixed(1)} s`)
  return { ok: true }
}
