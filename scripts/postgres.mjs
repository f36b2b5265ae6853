// A temporary PostgreSQL of our own: made in seconds, thrown away afterwards, never anybody's real one.
// `node scripts/postgres.mjs run <command …>` runs a command with DATABASE_URL set.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { killAll, run } from './run.mjs'

const START_LIMIT_MS = 60_000
const USER = 'shelfcount'
/** Debian keeps them out of the PATH, one folder per version; the others are where Homebrew and Fedora put them. */
const FOLDERS = [
  ...versionsBelow('/usr/lib/postgresql', 'bin'),
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/opt/postgresql/bin',
  '/usr/local/opt/postgresql/bin',
]

/**
 * @returns {string | null} the folder with initdb and pg_ctl; null: there is no PostgreSQL here
 */
export function postgresPrograms() {
  return (
    FOLDERS.find((folder) =>
      ['initdb', 'pg_ctl'].every((name) => existsSync(path.join(folder, name))),
    ) ?? null
  )
}

/**
 * Make and start a cluster in a temporary folder, reachable on 127.0.0.1 with a password of its own.
 *
 * @returns {Promise<{ databaseUrl: string, stop: () => Promise<void> }>} the URL of a superuser; `stop` also deletes the data
 * @throws {Error} when there is no PostgreSQL, or it does not start; nothing is left behind
 */
export async function startPostgres() {
  const programs = postgresPrograms()
  if (programs === null) throw new Error('No PostgreSQL here: install it, or set DATABASE_URL')

  const folder = mkdtempSync(path.join(tmpdir(), 'shelfcount-pg-'))
  const data = path.join(folder, 'data')
  const socket = path.join(folder, 'socket')
  const passwordFile = path.join(folder, 'password')
  const password = randomBytes(16).toString('hex')
  mkdirSync(socket)
  writeFileSync(passwordFile, password)
  const runAs = await unprivileged(folder)
  const stop = async () => {
    await runAs(path.join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const port = await freePort()
    const cluster = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    await orThrow(
      runAs(path.join(programs, 'initdb'), [...cluster, '-E', 'UTF8', '--no-locale', '--no-sync']),
    )
    // Thrown away after the run: what survives a power cut does not matter.
    const settings = `-p ${port} -k ${socket} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200`
    const start = [
      '-D',
      data,
      '-l',
      path.join(folder, 'log'),
      '-w',
      '-t',
      '30',
      '-o',
      settings,
      'start',
    ]
    await orThrow(runAs(path.join(programs, 'pg_ctl'), start))
    return { databaseUrl: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** How to run PostgreSQL's programs: they refuse root, so as root the folder is given to an unprivileged user. */
async function unprivileged(folder) {
  const options = { quiet: true, timeoutMs: START_LIMIT_MS, cwd: folder, env: { LC_ALL: 'C' } }
  if (process.getuid?.() !== 0) return (command, args) => run(command, args, options)

  const known = await run('id', ['-u', 'postgres'], { quiet: true })
  const user = known.ok ? 'postgres' : 'nobody'
  await orThrow(run('chown', ['-R', user, folder], { quiet: true }))
  return (command, args) => run('runuser', ['-u', user, '--', command, ...args], options)
}

async function orThrow(pending) {
  const result = await pending
  if (!result.ok)
    throw new Error(
      `PostgreSQL did not start: ${result.timedOut ? 'time limit' : result.output.trim().slice(-500)}`,
    )
}

/** @returns {Promise<number>} a port that was free a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function versionsBelow(folder, name) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => path.join(folder, version, name))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [word, command, ...args] = process.argv.slice(2)
  if (word !== 'run' || command === undefined) {
    console.error('Usage: node scripts/postgres.mjs run <command …>')
    process.exitCode = 1
  } else {
    const { databaseUrl, stop } = await startPostgres()
    // The command ends, and then the cluster is taken away as always.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, killAll)
    try {
      process.exitCode =
        (await run(command, args, { env: { DATABASE_URL: databaseUrl } })).code ?? 1
    } finally {
      await stop()
    }
  }
}
