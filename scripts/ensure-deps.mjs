// The packages of package-lock.json in node_modules: installed once, checked in milliseconds afterwards.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { contentHash } from './content-hash.mjs'
import { runNpm } from './run.mjs'

const STAMP = 'node_modules/.shelfcount-stamp'
const INSTALLED = 'node_modules/.package-lock.json'
const INSTALL_LIMIT_MS = 300_000

/**
 * @param {(line: string) => void} say
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function ensureDeps(say) {
  const major = process.versions.node.split('.')[0]
  const wanted = contentHash(['package-lock.json'], [process.platform, process.arch, major])
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return { ok: true }
  if (!existsSync(STAMP) && isInstalled()) {
    writeFileSync(STAMP, wanted)
    return { ok: true }
  }

  say('installing packages (npm ci) …')
  const install = await runNpm(
    ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      timeoutMs: INSTALL_LIMIT_MS,
      // A machine that is set to production would leave out the build tools. Browsers are fetched by their own step.
      env: {
        NODE_ENV: 'development',
        npm_config_production: undefined,
        npm_config_omit: undefined,
        PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
      },
    },
  )
  if (!install.ok) {
    return {
      ok: false,
      reason: install.timedOut ? 'npm ci took more than five minutes' : 'npm ci failed: see above',
    }
  }
  writeFileSync(STAMP, wanted)
  say(`packages installed in ${install.seconds.toFixed(0)} s`)
  return { ok: true }
}

/** True when a plain `npm install` has put exactly the locked versions there already. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
  const present = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages
  return Object.entries(locked).every(([place, wanted]) => {
    if (place === '') return true
    // Binaries for other platforms are optional and rightly absent.
    if (present[place] === undefined) return wanted.optional === true || wanted.peer === true
    return present[place].version === wanted.version
  })
}
