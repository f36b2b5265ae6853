// Debian packages, for machines that run the tests as root (or with sudo) and lack something.
import { existsSync } from 'node:fs'
import { run } from './run.mjs'

const UPDATE_LIMIT_MS = 90_000
const INSTALL_LIMIT_MS = 240_000
let isUpdated = false

/**
 * Install packages if this is a Debian where we may.
 *
 * @param {readonly string[]} packages
 * @returns {Promise<{ ok: true, seconds: number } | { ok: false, reason: string }>}
 */
export async function aptInstall(packages) {
  const prefix = await privilege()
  if (prefix === null) return { ok: false, reason: 'installing packages needs Debian and root' }

  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const [command, ...before] = [...prefix, 'apt-get']
  if (!isUpdated) {
    const update = await run(command, [...before, 'update', '-qq'], {
      quiet: true,
      timeoutMs: UPDATE_LIMIT_MS,
      env,
    })
    // Old lists may still do; the installation tells.
    isUpdated = update.ok
  }
  const install = await run(
    command,
    [...before, 'install', '-y', '-qq', '--no-install-recommends', ...packages],
    {
      quiet: true,
      timeoutMs: INSTALL_LIMIT_MS,
      env,
    },
  )
  return install.ok
    ? { ok: true, seconds: install.seconds }
    : {
        ok: false,
        reason: `apt-get could not install ${packages.join(' ')}: ${lastError(install)}`,
      }
}

async function privilege() {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return null
  if (process.getuid?.() === 0) return []
  const sudo = await run('sudo', ['-n', 'true'], { quiet: true, timeoutMs: 5000 })
  return sudo.ok ? ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'] : null
}

function lastError({ output, timedOut }) {
  if (timedOut) return 'it took too long'
  const lines = output.split('\n').filter((line) => line.startsWith('E:'))
  return lines.at(-1) ?? `${output.trim().split('\n').at(-1)}`
}
