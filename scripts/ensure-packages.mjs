// Programs of the system that some tests need: PostgreSQL and a WebKit that can be driven. Without them those tests are skipped, aloud.
import { existsSync } from 'node:fs'
import { aptInstall } from './apt.mjs'
import { postgresPrograms } from './postgres.mjs'
import { run } from './run.mjs'

const WEBKIT_PACKAGES = ['xvfb', 'xauth', 'webkit2gtk-driver', 'python3-gi', 'gir1.2-webkit2-4.1']

const POSTGRES_ADVICE =
  'Install PostgreSQL (its programs initdb and pg_ctl are enough) or set DATABASE_URL; without it its tests are skipped'
const WEBKIT_ADVICE = `As root on Debian: apt-get install ${WEBKIT_PACKAGES.join(' ')}; without them the WebKit run is skipped`

/**
 * @param {(line: string) => void} say
 * @param {{ find: () => string | null, install: typeof aptInstall }} [world] handed in by tests
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>} the reason says what to do
 */
export async function ensurePostgres(
  say,
  world = { find: postgresPrograms, install: aptInstall },
) {
  if (process.env.DATABASE_URL) {
    say('PostgreSQL: the one of DATABASE_URL')
    return { ok: true }
  }
  if (world.find() !== null) return { ok: true }
  say("installing Debian's postgresql …")
  const installed = await world.install(['postgresql'])
  if (!installed.ok) return { ok: false, reason: `${installed.reason}. ${POSTGRES_ADVICE}` }
  if (world.find() === null)
    return { ok: false, reason: 'postgresql is installed, but initdb is not where Debian puts it' }
  say(`PostgreSQL installed in ${installed.seconds.toFixed(0)} s`)
  return { ok: true }
}

/**
 * @param {(line: string) => void} say
 * @param {{ find: () => Promise<boolean>, install: typeof aptInstall }} [world] handed in by tests
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>} the reason says what to do
 */
export async function ensureWebkit(say, world = { find: hasWebkit, install: aptInstall }) {
  if (await world.find()) return { ok: true }
  say('installing WebKitGTK and Xvfb …')
  const installed = await world.install(WEBKIT_PACKAGES)
  if (!installed.ok) return { ok: false, reason: `${installed.reason}. ${WEBKIT_ADVICE}` }
  if (!(await world.find()))
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
