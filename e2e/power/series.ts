// One device through a series of power cuts: scan, cut, start again, look what is left of what was acknowledged.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ScansShape } from '../../src/ports/scans-schema'
import { compareEvents, compareWithRebuild } from '../kill/checks'
import { standingScans } from '../support/device-database'
import type { RestUser, Scannable } from '../support/rest'
import { totalsOf } from '../support/rest'
import type { TestServer } from '../support/server'
import { makeDisk } from './disk'
import type { Durability, Engine, Life, Place } from './engine'

const SCAN_EVERY_MS = 60
/** The power goes this long after the first scan. */
const LIFE_MS = { least: 2000, most: 7000 }

export interface Series {
  readonly engine: Engine
  readonly durability: Durability
  readonly rounds: number
  readonly server: TestServer
  readonly ana: RestUser
  readonly sessionId: string
  readonly products: readonly Scannable[]
}

export interface SeriesResult {
  readonly acknowledged: number
  /** Acknowledged, and not there after the cut. */
  readonly missing: number
  /** Whatever else is wrong, in words. */
  readonly problems: readonly string[]
}

/** @returns what is wrong with a series, in words */
export function judge(durability: Durability, { acknowledged, missing, problems }: SeriesResult): readonly string[] {
  if (acknowledged === 0) return ['nothing was acknowledged, so nothing could be lost: the run proves nothing', ...problems]
  if (durability === 'strict') return missing === 0 ? problems : [`${missing} acknowledged scans are gone`, ...problems]
  // What a test that loses nothing either way shows is that it cuts no power.
  return missing > 0 ? [] : ['relaxed durability lost nothing: this machine proves nothing about strict']
}

type EventRow = ScansShape['scanEvents']['row']

export async function cutPower(series: Series): Promise<SeriesResult> {
  const { engine, durability, server } = series
  const disk = await makeDisk()
  try {
    const place: Place = { profileFolder: join(disk.folder, 'profile'), origin: server.origin }
    const first = await engine.start(place)
    await first.setUp(series.sessionId)
    const catalogue = await first.dump('catalogue:')
    await first.close()
    await disk.flush()
    const kept = new Set<string>()
    const totals = { acknowledged: 0, missing: 0 }
    const problems: string[] = []
    for (let round = 1; round <= series.rounds; round += 1) {
      const told = await scanUntilCut(series, place, disk.cut)
      await disk.mountAgain()
      // In a copy: a browser that only looks would be a start of its own, without the app that makes good what was torn (KX3).
      const copy = await copyOf(place)
      const scans = await lookAfterCut(series, { ...place, profileFolder: copy })
      const events = (scans['scanEvents'] ?? []) as readonly EventRow[]
      const stored = new Set<string>(events.map((it) => it.eventId))
      const missing = [...told, ...kept].filter((it) => !stored.has(it))
      await rm(copy, { recursive: true, force: true })
      if (durability === 'strict' && missing.length > 0) problems.push(`round ${round}: the profile as the cut left it is kept in ${await copyOf(place)}`)
      console.log(`     round ${round}: ${told.length} acknowledged, ${missing.length} missing`)
      totals.acknowledged += told.length
      totals.missing += missing.length
      // What was lost once is not lost again in the next round.
      kept.clear()
      for (const it of [...told, ...stored]) if (stored.has(it)) kept.add(it)
      problems.push(...compareEvents(events, kept, Number.MAX_SAFE_INTEGER))
      problems.push(...(await compareWithRebuild(series.sessionId, scans, catalogue)))
    }
    if (durability === 'strict') problems.push(...(await settle(series, place)))
    return { ...totals, problems }
  } finally {
    await disk.dispose()
  }
}

/** @returns a folder of its own with the profile as it is now */
async function copyOf({ profileFolder }: Place): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-lost-'))
  // What says which process has it open is about the original.
  await cp(profileFolder, folder, { recursive: true, filter: (from) => !basename(from).startsWith('Singleton') })
  return folder
}

/** @returns every scan that was acknowledged before the power went */
async function scanUntilCut(series: Series, place: Place, cut: () => Promise<void>): Promise<readonly string[]> {
  const life = await series.engine.start(place)
  try {
    await untilOpen(life, series, place)
    const told = new Set<string>()
    const endsAt = Date.now() + LIFE_MS.least + Math.random() * (LIFE_MS.most - LIFE_MS.least)
    for (let nth = 0; Date.now() < endsAt; nth += 1) {
      const startedAt = Date.now()
      await life.scan(series.products[nth % series.products.length]?.barcode ?? '')
      for (const eventId of await life.acknowledged()) told.add(eventId)
      await sleep(Math.max(0, SCAN_EVERY_MS - (Date.now() - startedAt)))
    }
    await cut()
    return [...told]
  } finally {
    await life.kill()
  }
}

/** @throws Error with what is on the screen instead, and where the profile is kept */
async function untilOpen(life: Life, { sessionId }: Series, place: Place): Promise<void> {
  try {
    await life.openSession(sessionId)
  } catch (problem) {
    throw new Error(`The session did not open behind a cut. On the screen: ${await life.shown()}. The profile is kept in ${await copyOf(place)}. ${String(problem)}`, { cause: problem })
  }
}

/** Without the app: nothing may be mended before it was looked at. */
async function lookAfterCut({ engine, server }: Series, place: Place): ReturnType<Life['dump']> {
  const life = await engine.start(place)
  try {
    return await life.dumpWithoutApp(`${server.origin}/robots.txt`)
  } finally {
    await life.close()
  }
}

/** Last start: everything is sent; stored = on the server, product by product. */
async function settle({ engine, ana, sessionId, products }: Series, place: Place): Promise<readonly string[]> {
  const life = await engine.start(place)
  try {
    await life.openSession(sessionId)
    const events = ((await life.dump('scans:', ['scanEvents']))['scanEvents'] ?? []) as readonly EventRow[]
    await life.untilSynced(events.length)
    const onServer = await totalsOf(ana, sessionId)
    const onDevice = standingScans(events)
    return products.flatMap(({ barcode, productId }) => {
      const here = onDevice.get(barcode) ?? 0
      const there = onServer[productId] ?? 0
      return here === there ? [] : [`${barcode}: ${here} on the device, ${there} on the server`]
    })
  } finally {
    await life.close()
  }
}
