// The device and the server that a run of kills works on: set up once, looked at after every death, settled in the end.
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { ScansShape } from '../../src/ports/scans-schema'
import { openSession, signIn, untilCatalogueIsHere, untilInstalled, untilSynced } from '../support/app'
import type { OwnChromium } from '../support/chromium'
import { launchOwnChromium } from '../support/chromium'
import type { Tables } from '../support/device-database'
import { dumpDatabase, standingScans } from '../support/device-database'
import { publishNextSchema } from '../support/next-schema'
import type { RestUser, Scannable } from '../support/rest'
import { barcodesFor, findDirectedSession, signInToRest, totalsOf } from '../support/rest'
import type { TestServer } from '../support/server'
import { APP_FOLDER, startServer } from '../support/server'
import { compareEvents, compareWithRebuild } from './checks'
import type { Watch } from './watch'
import { watchContext } from './watch'

/** So that deaths meet rows that exist and rows that do not. */
const PRODUCTS = 30

export interface Bench {
  readonly server: TestServer
  /** Its own copy of the built app, so that there can be a new version. */
  readonly appFolder: string
  readonly ana: RestUser
  readonly sessionId: string
  readonly products: readonly Scannable[]
  readonly profileFolder: string
  readonly catalogue: Tables
  readonly acknowledged: Set<string>
  /** null between two lives. */
  device: Device | null
  versions: number
  /** Of these, how many had a newer schema. */
  schemas: number
}

export interface Device {
  readonly browser: OwnChromium
  readonly watch: Watch
}

/** Server, profile, and a device that is signed in, installed and has opened the session once. */
export async function prepareBench(): Promise<Bench> {
  const appFolder = await mkdtemp(join(tmpdir(), 'shelfcount-app-'))
  await cp(APP_FOLDER, appFolder, { recursive: true })
  const server = await startServer({ appFolder })
  const ana = await signInToRest(server.origin, 'ana')
  const { session, items } = await findDirectedSession(ana)
  const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-kill-'))
  const browser = await launchOwnChromium(profileFolder)
  const { page } = browser
  await signIn(page, 'ana', server.origin)
  await untilInstalled(page)
  await openSession(page, session.inventoryCountImportId, server.origin)
  await untilCatalogueIsHere(page)
  const catalogue = await dumpDatabase(page, 'catalogue:')
  await browser.close()
  return {
    server,
    appFolder,
    ana,
    sessionId: session.inventoryCountImportId,
    products: barcodesFor(items).requested.slice(0, PRODUCTS),
    profileFolder,
    catalogue,
    acknowledged: new Set(),
    device: null,
    versions: 1,
    schemas: 0,
  }
}

export async function closeBench(bench: Bench): Promise<void> {
  await bench.device?.browser.kill()
  await bench.server.dispose()
  for (const folder of [bench.profileFolder, bench.appFolder])
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** The browser of the last round if it lives, else a new one on the same profile. */
export async function deviceOf(bench: Bench): Promise<Device> {
  if (bench.device !== null) return bench.device
  const browser = await launchOwnChromium(bench.profileFolder)
  const watch = await watchContext(browser.context, bench.acknowledged)
  bench.device = { browser, watch }
  return bench.device
}

/** Where the browser keeps the databases, and a copy of it as the last death left it. */
const DATABASES = 'Default/IndexedDB'
const AS_IT_DIED = 'as-it-died'

/** A browser that starts deletes databases that it takes for damaged: what it found is kept until the next death. */
export async function keepDatabases({ profileFolder }: Bench): Promise<void> {
  const copy = join(profileFolder, AS_IT_DIED)
  await rm(copy, { recursive: true, force: true })
  await cp(join(profileFolder, DATABASES), copy, { recursive: true })
}

/** The app asks who is there: the device's database, with the sign-in in it, is gone. */
export function isDeviceGone({ device }: Bench): boolean {
  return device?.browser.context.pages().some((page) => new URL(page.url()).pathname === '/login') ?? false
}

/** @returns a folder that outlives the run: the databases before and after the start that lost them */
export async function keepProfile({ profileFolder }: Bench): Promise<string> {
  const kept = await mkdtemp(join(tmpdir(), 'shelfcount-lost-'))
  for (const part of [DATABASES, AS_IT_DIED, 'Default/Local Storage'])
    await cp(join(profileFolder, part), join(kept, part), { recursive: true }).catch((problem: unknown) => console.log(`     ${String(problem)}`))
  return kept
}

/** A new version of the app lies on the server. */
export async function publishVersion(bench: Bench): Promise<void> {
  bench.versions += 1
  await appendFile(join(bench.appFolder, 'sw.js'), `\n// version ${bench.versions}\n`)
}

/** A new version that upgrades the database lies on the server. */
export async function publishSchema(bench: Bench): Promise<void> {
  bench.schemas += 1
  await publishNextSchema(bench.appFolder, bench.schemas)
}

/** @param typed scans so far @returns what is wrong on the device, in words */
export async function lookAtDevice(bench: Bench, page: Page, typed: number): Promise<readonly string[]> {
  // What was acknowledged before the dump must be in it; the app may fold and send meanwhile.
  const acknowledged = new Set(bench.acknowledged)
  const scans = await dumpDatabase(page, 'scans:')
  return [
    ...compareEvents(eventsOf(scans), acknowledged, typed),
    ...(await compareWithRebuild(bench.sessionId, scans, bench.catalogue)),
  ]
}

function eventsOf(scans: Tables): readonly ScansShape['scanEvents']['row'][] {
  return (scans['scanEvents'] ?? []) as readonly ScansShape['scanEvents']['row'][]
}

/** Last start: everything is sent; stored = on the server, product by product. */
export async function settleBench(bench: Bench): Promise<readonly string[]> {
  await bench.server.faults({})
  const { browser } = await deviceOf(bench)
  const page = await browser.context.newPage()
  // The window of the last round may live, and count: this one would wait for it for ever.
  for (const old of browser.context.pages()) if (old !== page) await old.close()
  await openSession(page, bench.sessionId, bench.server.origin)
  const events = eventsOf(await dumpDatabase(page, 'scans:', ['scanEvents']))
  await untilSynced(page, events.length)
  const problems = [...(await lookAtDevice(bench, page, Number.MAX_SAFE_INTEGER))]
  const onServer = await totalsOf(bench.ana, bench.sessionId)
  const onDevice = standingScans(events)
  for (const { barcode, productId } of bench.products) {
    const here = onDevice.get(barcode) ?? 0
    const there = onServer[productId] ?? 0
    if (here !== there) problems.push(`${barcode}: ${here} on the device, ${there} on the server`)
  }
  const sum = Object.values(onServer).reduce((total, units) => total + units, 0)
  if (sum !== events.length) problems.push(`${events.length} scans on the device, ${sum} units on the server`)
  console.log(`     ${events.length} stored, ${sum} on the server`)
  return problems
}
