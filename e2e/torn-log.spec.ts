// A power cut leaves zeros behind what was flushed, a kill half a record: what is scanned after it must be there after the next start.
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchOwnChromium } from './support/chromium'
import { openSession, readTally, signIn, untilCatalogueIsHere, untilInstalled, untilReadyToScan, untilSaved } from './support/app'
import { barcodesFor, findDirectedSession, signInToRest } from './support/rest'
import { expect, test } from './support/test'
import { createWedge } from './support/wedge'

/** Zeros, as a size that reached the disk before its data; the head of a record of which nothing else was written. */
const TORN_TAILS = {
  zeros: Buffer.alloc(86),
  'half a record': Buffer.from([0x9d, 0x6e, 0x78, 0x2f, 0xf0, 0x0f, 0x01, 0x17]),
}

interface StoreFolder {
  readonly path: string
  /** Number of the log that is written now. */
  readonly log: number
}

async function storeOf(profileFolder: string): Promise<StoreFolder> {
  const all = join(profileFolder, 'Default', 'IndexedDB')
  const [name] = (await readdir(all)).filter((it) => it.endsWith('.leveldb'))
  const path = join(all, name ?? '')
  const logs = (await readdir(path)).flatMap((it) => /^(\d+)\.log$/.exec(it)?.[1] ?? [])
  return { path, log: Math.max(...logs.map(Number)) }
}

test.describe('the log of a database that was torn', { tag: '@long' }, () => {
  test.setTimeout(180_000)

  for (const [what, tail] of Object.entries(TORN_TAILS))
    test(`[KX3] ends in ${what}: what is scanned behind it is there after the next start`, async ({ server }) => {
      const profileFolder = await mkdtemp(join(tmpdir(), 'shelfcount-torn-'))
      const ana = await signInToRest(server.origin, 'ana')
      const directed = await findDirectedSession(ana)
      const sessionId = directed.session.inventoryCountImportId
      const scans = barcodesFor(directed.items).requested.slice(0, 30).map((it) => it.barcode)
      try {
        const first = await launchOwnChromium(profileFolder)
        await signIn(first.page, 'ana', server.origin)
        await untilInstalled(first.page)
        await openSession(first.page, sessionId, server.origin)
        await untilCatalogueIsHere(first.page)
        const before = (await readTally(first.page)).saved
        await first.close()

        const torn = await storeOf(profileFolder)
        await appendFile(join(torn.path, `${String(torn.log).padStart(6, '0')}.log`), tail)

        const second = await launchOwnChromium(profileFolder)
        await openSession(second.page, sessionId, server.origin)
        await expect.poll(async () => (await storeOf(profileFolder)).log, { timeout: 20_000 }).toBeGreaterThan(torn.log)
        await (await createWedge(second.page)).scanAll(scans)
        await untilSaved(second.page, before + scans.length)
        await second.kill()

        const third = await launchOwnChromium(profileFolder)
        await third.page.goto(`${server.origin}/sessions/${sessionId}`)
        await untilReadyToScan(third.page)
        await untilSaved(third.page, before + scans.length)
        await third.close()
      } finally {
        await rm(profileFolder, { recursive: true, force: true })
      }
    })
})
