// The real server as a child process: started on a free port over its own data folder, killed and restarted at will.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endWithThisProcess } from './tidy-exit'

/** Folder of the project: the server is started from here, whatever the test's working folder is. */
export const PROJECT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The built app that is tested; another build's folder may be named in the environment. */
export const APP_FOLDER = process.env['SHELFCOUNT_APP'] ?? join(PROJECT, 'dist')

/** A data folder with the demo data that was made before; a long run of many servers need not make it again. */
const TEMPLATE = process.env['SHELFCOUNT_TEMPLATE']

/** A first start makes its database: seconds on an idle machine, longer beside other work. */
const HEALTHY_WITHIN_MS = 120_000
const EXIT_WITHIN_MS = 10_000
const LOG_LINES_MAX = 200

export type ServerProfile = 'extended' | 'hotwax'

/** What `POST /__faults` takes; everything left out is off. */
export interface Faults {
  readonly latencyMs?: number
  readonly errorRate?: number
  readonly errorStatus?: number
  /** How many answers are lost after their commit, or all of them. */
  readonly dropAfterCommit?: number | boolean
  readonly duplicate?: number | boolean
  readonly clockOffsetMs?: number
  readonly expireTokens?: boolean
  /** Only calls whose path contains this text. */
  readonly only?: string
}

export interface ServerOptions {
  readonly profile?: ServerProfile
  /** A data folder to copy and start from: spares making the demo database each time. */
  readonly template?: string
  readonly catalogue?: string
  /** The built app to serve, for a test that needs one that it can change. */
  readonly appFolder?: string
  /** A large catalogue takes its time at the first start; left out: 45 s. */
  readonly healthyWithinMs?: number
  /** false: a plain server without the fault control. */
  readonly hasFaults?: boolean
}

export interface TestServer {
  readonly origin: string
  readonly profile: ServerProfile
  readonly dataFolder: string
  faults: (faults: Faults) => Promise<void>
  /** `kill -9`: as a power cut for the process, not for the disk. */
  kill: () => Promise<void>
  /** SIGTERM, and wait until it is gone. */
  stop: () => Promise<void>
  /** Same port and data as before. */
  start: () => Promise<void>
  /** Stop, and delete the data folder. */
  dispose: () => Promise<void>
  /** What it printed, for a failed test's report. */
  output: () => string
}

/** Start a server and wait until it answers. @throws Error with its output when it does not within two minutes */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'shelfcount-server-'))
  const template = options.template ?? TEMPLATE
  if (template !== undefined) await cp(template, dataFolder, { recursive: true })
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const profile = options.profile ?? 'extended'
  const lines: string[] = []
  let child: ChildProcess | null = null

  async function start(): Promise<void> {
    if (child !== null) throw new Error('The server runs already')
    child = launch({ ...options, profile, port, dataFolder })
    endWithThisProcess(child, false)
    keepOutput(child, lines)
    await untilHealthy({ origin, child, lines, withinMs: options.healthyWithinMs ?? HEALTHY_WITHIN_MS })
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === null) return
    const ending = child
    child = null
    await endProcess(ending, signal)
  }

  await start()
  return {
    origin,
    profile,
    dataFolder,
    faults: (faults) => setFaults(origin, faults),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    dispose: async () => {
      await end('SIGKILL')
      await rm(dataFolder, { recursive: true, force: true })
    },
    output: () => lines.join('\n'),
  }
}

/**
 * A data folder with the demo data in it, made by a server that was started and stopped once.
 * @returns its path; the caller deletes it
 */
export async function makeTemplate(options: ServerOptions = {}): Promise<string> {
  const server = await startServer(options)
  await server.stop()
  return server.dataFolder
}

function launch(options: ServerOptions & { profile: string; port: number; dataFolder: string }): ChildProcess {
  const args = ['--import', 'tsx', 'server-mock/main.ts']
  args.push('--port', String(options.port), '--data', options.dataFolder, '--profile', options.profile, '--app', options.appFolder ?? APP_FOLDER)
  if (options.hasFaults !== false) args.push('--faults')
  if (options.catalogue !== undefined) args.push('--catalogue', options.catalogue)
  const { DATABASE_URL: _unused, MOQUI_PROFILE: _given, ...env } = process.env
  return spawn(process.execPath, args, { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

function keepOutput(child: ChildProcess, lines: string[]): void {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      lines.push(...text.trimEnd().split('\n'))
      lines.splice(0, Math.max(0, lines.length - LOG_LINES_MAX))
    })
  }
}

interface Starting {
  readonly origin: string
  readonly child: ChildProcess
  readonly lines: readonly string[]
  readonly withinMs: number
}

async function untilHealthy({ origin, child, lines, withinMs }: Starting): Promise<void> {
  const deadline = Date.now() + withinMs
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${lines.join('\n')}`)
    if (await isAnswering(origin)) return
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`The server did not answer within ${withinMs} ms:\n${lines.join('\n')}`)
}

async function isAnswering(origin: string): Promise<boolean> {
  // The base profile has no capabilities: any answer below 500 of the sign-in options will do.
  try {
    const answer = await fetch(`${origin}/rest/s1/admin/checkLoginOptions`, { signal: AbortSignal.timeout(2000) })
    await answer.text()
    return answer.status < 500
  } catch {
    // Not up yet, or so busy that even a small answer took too long: asked again until the deadline.
    return false
  }
}

async function setFaults(origin: string, faults: Faults): Promise<void> {
  const answer = await fetch(`${origin}/__faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(faults),
  })
  if (!answer.ok) throw new Error(`POST /__faults: ${answer.status} ${await answer.text()}`)
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
  child.kill(signal)
  const isGone = await Promise.race([gone, sleep(EXIT_WITHIN_MS, false, { ref: false })])
  if (isGone) return
  child.kill('SIGKILL')
  await gone
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, () => {
      const address = probe.address()
      if (address === null || typeof address === 'string') return reject(new Error('No port'))
      probe.close(() => resolve(address.port))
    })
  })
}
