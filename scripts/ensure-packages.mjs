// Programs of the system that some tests need: PostgreSQL and a WebKit that can be driven. Without them those tests are skipped, aloud.
import { existsSync } from 'node:fs'
import { aptInstall } from './apt.mjs'
import { postgresPrograms } from './postgres.mjs'
import { run } from './run.mjs'

const WEBKIT_PACKAGES = ['xvfb', 'xauth', 'webkit2gtk-driver', 'python3-gi', 'gir1.2-webkit2-4.1']

/**
 * @param {(line: string) => void} say
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function ensurePostgres(say) {
  if (process.env.DATABASE_URL) {
    say('PostgreSQL: the one of DATABASE_URL')
    return { ok: true }
  }
  if (postgresPrograms() !== null) return { ok: true }
  say("installing Debian's postgresql …")
  const installed = await aptInstall(['postgresql'])
  if (!installed.ok) return installed
  if (postgresPrograms() === null)
    return { ok: false, reason: 'postgresql is installed, but initdb is not where Debian puts it' }
  say(`PostgreSQL installed in ${installed.seconds.toFixed(0)} s`)
  return { ok: true }
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>}
 */
export async function ensureWebkit(say) {
  if (await hasWebkit()) return { ok: true }
  say('installing WebKitGTK and Xvfb …')
  const installed = await aptInstall(WEBKIT_PACKAGES)
  if (!installed.ok) return installed
  if (!(await hasWebkit()))
    return { ok: false, reason: 'the WebKit packages are installed, but do not answer' }
  say(`WebKit installed in ${installed.seconds.toFixed(0)} s`)
  return { ok: true }
}

async function hasWebkit() {
  if (
    !existsSync('/usr/bin/WebKitWebDriver') ||
    !existsSync('/usr/bin/Xvfb') ||
    !existsSync('/usr/bin/python3')
  )
    return false
  const script =
    "import gi; gi.require_version('WebKit2', '4.1'); from gi.repository import WebKit2"
  const answer = await run('/usr/bin/python3', ['-c', script], { quiet: true, timeoutMs: 20_000 })
  return answer.ok
}
