// `npm run server`: takes the port, opens the database, fills it if it is new, and answers until it is told to stop.
import type { Server } from 'node:http'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createApp, type App } from './app'
import { createPasswords } from './auth/passwords'
import type { Db } from './db/db'
import { lockFolder } from './db/folder-lock'
import { ensureEpoch, readMeta } from './db/meta'
import { sweep } from './db/housekeeping'
import { migrate } from './db/migrate'
import { openPglite } from './db/pglite-db'
import { openPostgres } from './db/postgres-db'
import { seed } from './demo/seed'
import { DEMO_PASSWORD } from './demo/people'
import { FaultControl } from './faults'
import { createBoundedServer } from './http/bounded-server'
import type { ServerContext } from './http/context'
import { createIds } from './ids'
import { runJudgings } from './review/run-judging'
import { SERVER_LIMITS } from './limits'
import { readOptions, USAGE, type ServerOptions } from './options'

const HOUR_MS = 3_600_000
/** How long open requests may go on after SIGTERM. */
const GRACE_MS = 3000

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return say(USAGE)
  const options = readOptions(process.argv.slice(2), process.env)
  // The port first: it is the lock that everybody understands. Calls wait until the database is there.
  let ready: (app: App) => void = () => undefined
  const app = new Promise<App>((resolveApp) => {
    ready = resolveApp
  })
  const answer = getRequestListener(async (request, env) => (await app).fetch(request, env))
  const server = createBoundedServer((incoming, outgoing) => void answer(incoming, outgoing))
  const port = await listen(server, options)
  const { db, close } = await openDatabase(options)
  const closing = new AbortController()
  stopOnSignals(server, close, closing)
  const context = createContext(db, options, closing.signal)
  const passwords = createPasswords(undefined, context.limits.hashesAtOnceMax)
  await migrate(db)
  await ensureEpoch(db)
  const done = await seed(db, {
    hasDemo: options.hasDemo,
    catalogue: options.catalogue,
    passwords,
    now: Date.now(),
  })
  for (const line of done) say(line)
  ready(
    createApp(context, {
      passwords,
      hasFaultsControl: options.hasFaults,
      ...(options.appFolder === null ? {} : { appFolder: resolve(options.appFolder) }),
    }),
  )
  await announce(db, options, port)
  sweepFromTimeToTime(context)
  judgeWhatIsLeft(context)
}

function sweepFromTimeToTime({ db, limits, log }: ServerContext): void {
  const run = (): void =>
    void sweep(db, Date.now(), limits).catch((error: unknown) =>
      log(`sweep failed: ${String(error)}`),
    )
  run()
  setInterval(run, limits.sweepEveryMs).unref()
}

/** What another process died over, and what has failed before. */
function judgeWhatIsLeft(context: ServerContext): void {
  const run = (): void => void runJudgings(context)
  run()
  setInterval(run, context.limits.judgeEveryMs).unref()
}

function createContext(db: Db, options: ServerOptions, closing: AbortSignal): ServerContext {
  const faults = new FaultControl()
  const now = (): number => Date.now() + faults.now.clockOffsetMs
  return {
    db,
    clock: { now },
    ids: createIds(now),
    profile: options.profile,
    limits: { ...SERVER_LIMITS, tokenLifeMs: Math.round(options.tokenHours * HOUR_MS) },
    faults,
    random: Math.random,
    isStrict: false,
    closing,
    log: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
    quirks: { repeatsItemRows: options.profile === 'hotwax' },
  }
}

function listen(server: Server, { port, host }: ServerOptions): Promise<number> {
  return new Promise((resolvePort, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken: choose another with --port`)
          : error,
      ),
    )
    server.listen({ port, ...(host === null ? {} : { host }) }, () => {
      const address = server.address()
      resolvePort(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

async function openDatabase({
  databaseUrl,
  dataFolder,
}: ServerOptions): Promise<{ db: Db; close: () => Promise<void> }> {
  if (databaseUrl !== null) {
    const db = await openPostgres(databaseUrl)
    return { db, close: () => db.close() }
  }
  const folder = resolve(dataFolder)
  const lock = await lockFolder(folder)
  const db = await openDataFolder(folder)
  return {
    db,
    close: async () => {
      await db.close()
      await lock.release()
    },
  }
}

/** A first start that was killed half-way left a folder that nobody can open and nothing was promised from: made again. */
async function openDataFolder(folder: string): Promise<Db> {
  const database = resolve(folder, 'pglite')
  const marker = resolve(folder, 'pglite-is-complete')
  if (!existsSync(marker)) {
    say('Making the database: a few seconds, only once …')
    await rm(database, { recursive: true, force: true })
  }
  const db = await openPglite({ folder: database })
  await writeFile(marker, '')
  return db
}

function stopOnSignals(
  server: Server,
  close: () => Promise<void>,
  closing: AbortController,
): void {
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    const closed = new Promise<void>((done) => server.close(() => done()))
    closing.abort()
    server.closeIdleConnections()
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    await closed
    clearTimeout(grace)
    await close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().then(exit, fail))
}

async function announce(db: Db, options: ServerOptions, port: number): Promise<void> {
  const base =
    options.databaseUrl === null ? `built-in database in ${options.dataFolder}` : 'PostgreSQL'
  say(
    `Shelfcount ${options.appFolder === null ? 'server' : 'app and server'}: http://localhost:${port}`,
  )
  say(`Profile ${options.profile}, ${base}${options.hasFaults ? ', faults control open' : ''}`)
  const users = await readMeta(db, 'demo-users')
  if (users !== null) say(`Demo users: ${users.replaceAll(',', ', ')} · password ${DEMO_PASSWORD}`)
}

function exit(): void {
  process.exit(0)
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${message}\n`)
  if (
    error instanceof TypeError &&
    'code' in error &&
    String(error.code).startsWith('ERR_PARSE_ARGS')
  )
    process.stderr.write(`${USAGE}\n`)
  else if (error instanceof Error && error.cause instanceof Error)
    process.stderr.write(`${error.cause.message}\n`)
  process.exit(1)
}

main().catch(fail)
