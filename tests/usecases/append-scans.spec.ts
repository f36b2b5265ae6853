import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { LogId, SessionId } from '../../src/domain/ids'
import { SCANS_SCHEMA } from '../../src/ports/scans-schema'
import type { ScansStore } from '../../src/ports/scans-schema'
import { appendScans } from '../../src/usecases/append-scans'
import { isLog } from '../../src/usecases/scan-totals'
import { ANA, aScan, handCount, LOG, negationOf, SESSION, TEA, units } from '../support/builders'
import { openTestEngine } from '../support/test-engine'

const events = (scans: ScansStore) => scans.tx(['scanEvents'], 'r', (tx) => tx.range('scanEvents', ':id', { limit: 999 }))
const logs = (scans: ScansStore) =>
  scans.tx(['logs'], 'r', async (tx) => (await tx.range('logs', ':id', { limit: 999 })).filter(isLog))

describe.each(['memory', 'dexie'] as const)('append on %s', (kind) => {
  it('[SE1] [S3.20] numbers the events of a log without gaps, inside the transaction', async () => {
    const { append, scans, close } = await openTestEngine({ kind })

    await Promise.all([append([aScan(TEA), aScan(TEA)]), append([aScan('x')]), append([aScan('y')], asId<LogId>('other'))])

    expect((await events(scans)).map((it) => [it.logId, it.seq])).toEqual([[LOG, 1], [LOG, 2], [LOG, 3], ['other', 1]])
    expect(await logs(scans)).toMatchObject([{ logId: LOG, head: 3, standing: 3 }, { logId: 'other', head: 1 }])
    await close()
  })

  it('[SE2] takes an event that is there already for saved', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    const scan = aScan(TEA)
    await append([scan])

    const verdicts = await append([scan, aScan('x'), scan], asId<LogId>('later'))

    expect(verdicts.map((it) => it.kind)).toEqual(['known', 'stored', 'known'])
    expect(await events(scans)).toHaveLength(2)
    expect(await logs(scans)).toMatchObject([{ standing: 1 }, { standing: 1, head: 1 }])
    await close()
  })

  it('[SE42] adds new scans of a known head beside the question whether they fit, and takes in what other windows appended', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    const input = { sessionId: SESSION, userName: ANA, logId: LOG, mintLog: () => asId<LogId>('new'), areNew: true }
    await append([aScan(TEA)])
    await append([aScan('x')], asId<LogId>('other window'))
    const { requests } = { ...scans.cost }

    const appended = await appendScans(scans, { ...input, knownHead: 1, drafts: [aScan('y'), handCount('TEA', 0)] })

    expect(scans.cost.requests - requests).toBe(4)
    const stored = await events(scans)
    expect(stored.map((it) => [it.logId, it.seq])).toEqual([[LOG, 1], ['other window', 1], [LOG, 2], [LOG, 3]])
    expect(appended).toMatchObject({
      logId: LOG, head: 3, session: { from: stored[1]?.gid, lastGid: stored[3]?.gid, standing: 4, events: stored.slice(2) },
      verdicts: [{ kind: 'stored', logId: LOG, seq: 2 }, { kind: 'stored', logId: LOG, seq: 3 }],
    })
    expect(await logs(scans)).toMatchObject([{ logId: LOG, head: 3, standing: 3 }, { logId: 'other window' }])
    await close()
  })

  it('[SE42] [SE7] stores nothing on a head that is behind, and asks first: the disk was reverted', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    await append([aScan(TEA)])
    const input = { sessionId: SESSION, userName: ANA, logId: LOG, mintLog: () => asId<LogId>('new'), areNew: true }

    const appended = await appendScans(scans, { ...input, knownHead: 5, drafts: [aScan('x')] })

    expect(appended).toMatchObject({ logId: 'new', head: 1, verdicts: [{ kind: 'stored', logId: 'new', seq: 1 }] })
    expect((await events(scans)).map((it) => [it.logId, it.seq])).toEqual([[LOG, 1], ['new', 1]])
    await close()
  })

  it('[SE42] [SE2] refuses the whole group where an id or a number is there already, so that its repetition finds it', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    const scan = aScan(TEA)
    await append([scan])
    const input = { sessionId: SESSION, userName: ANA, logId: LOG, mintLog: () => asId<LogId>('new'), knownHead: 1, drafts: [aScan('x'), scan] }

    await expect(appendScans(scans, { ...input, areNew: true })).rejects.toThrow()
    expect(await events(scans)).toHaveLength(1)

    const again = await appendScans(scans, { ...input, areNew: false })
    expect(again.verdicts.map((it) => it.kind)).toEqual(['stored', 'known'])
    // A write that was given up went through after all: the head is ahead of what this page knows.
    await expect(appendScans(scans, { ...input, drafts: [aScan('y')], areNew: true })).rejects.toThrow()
    expect(await appendScans(scans, { ...input, drafts: [aScan('y')] })).toMatchObject({ logId: LOG, head: 3 })
    await close()
  })

  it('[SE3] [I6] takes a scan back at most once, and exactly what it counted', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    const scan = aScan(TEA, { quantity: units(24), packSize: 12 })
    await append([scan])

    const racing = await Promise.all([append([negationOf(scan)], asId<LogId>('a')), append([negationOf(scan)], asId<LogId>('b'))])

    expect(racing.flat().map((it) => it.kind).toSorted()).toEqual(['already-negated', 'stored'])
    expect((await events(scans)).at(-1)).toMatchObject({
      kind: 'negation', itemKey: scan.itemKey, raw: TEA, quantity: units(-24), packSize: 12,
    })
    expect((await logs(scans)).reduce((sum, it) => sum + it.standing, 0)).toBe(0)
    await close()
  })

  it('[SE3] takes back a scan of the same group', async () => {
    const { append, close } = await openTestEngine({ kind })
    const scan = aScan(TEA)

    const verdicts = await append([scan, negationOf(scan), negationOf(scan)])

    expect(verdicts.map((it) => it.kind)).toEqual(['stored', 'stored', 'already-negated'])
    await close()
  })

  it('[SE4] takes back nothing but a scan of the same session', async () => {
    const { append, scans, close } = await openTestEngine({ kind })
    const scan = aScan(TEA)
    const negation = negationOf(scan)
    await append([scan, negation])

    const verdicts = [
      ...(await append([negationOf(negation)])),
      ...(await append([negationOf(aScan('never stored'))])),
      ...(await append([negationOf(scan, { sessionId: asId<SessionId>('S2') })], asId<LogId>('b'))),
    ]

    expect(verdicts.map((it) => it.kind)).toEqual(['no-target', 'no-target', 'no-target'])
    expect(await events(scans)).toHaveLength(2)
    await close()
  })

  it('[SE5] stores all of a group or nothing', async () => {
    const { scans, close } = await openTestEngine({ kind })
    const broken = { ...aScan('x'), symbology: (() => 'cannot be stored') as never }
    const input = { sessionId: SESSION, userName: ANA, logId: LOG, knownHead: 0, mintLog: () => LOG }

    await expect(appendScans(scans, { ...input, drafts: [aScan(TEA), broken] })).rejects.toThrow()

    expect(await events(scans)).toEqual([])
    expect(await logs(scans)).toEqual([])
    await close()
  })
})

describe('append', () => {
  it('[SE6] [S3.40] [S3.21] writes events and logs only: no fold and no sync can hold it up', async () => {
    const writable: string[][] = []
    const { append } = await openTestEngine({
      memory: {
        beforeCommit: async (tables, mode) => {
          if (mode === 'rw') writable.push([...tables])
        },
      },
      session: null,
    })

    await append([aScan(TEA)])

    expect(writable).toEqual([['scanEvents', 'logs']])
    expect(Object.keys(SCANS_SCHEMA)).toEqual(expect.arrayContaining(['scanEvents', 'logs']))
  })

  it('[SE7] opens a new log when the stored one is behind what was committed: the disk was reverted', async () => {
    const { scans } = await openTestEngine()
    const input = { sessionId: SESSION, userName: ANA, logId: LOG, mintLog: () => asId<LogId>('new') }
    await appendScans(scans, { ...input, knownHead: 0, drafts: [aScan(TEA)] })

    const appended = await appendScans(scans, { ...input, knownHead: 5, drafts: [aScan('x')] })

    expect(appended).toMatchObject({ logId: 'new', head: 1 })
  })

  it('[SE8] [S3.45] counts a hand-counted zero as a standing scan', async () => {
    const { append, scans } = await openTestEngine()

    await append([handCount('TEA', 0)])

    expect(await logs(scans)).toMatchObject([{ standing: 1 }])
  })

  it('[SE1] [SE3] [I1] keeps every scan once, in order, in any mix of groups, repeats and undos', async () => {
    const step = fc.record({ kind: fc.constantFrom('scan', 'undo', 'repeat'), nth: fc.nat(8), log: fc.constantFrom('a', 'b') })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 12 }), async (groups) => {
        const { append, scans } = await openTestEngine({ session: null })
        const scanned: ReturnType<typeof aScan>[] = []
        for (const group of groups) {
          const drafts = group.map(({ kind, nth }) => {
            const target = scanned.at(-1 - nth)
            if (kind === 'scan' || target === undefined) {
              const scan = aScan('x')
              scanned.push(scan)
              return scan
            }
            return kind === 'repeat' ? target : negationOf(target)
          })
          await append(drafts, asId<LogId>(group[0]?.log ?? 'a'))
        }

        const stored = await events(scans)
        const ids = stored.map((it) => it.eventId)
        expect(ids.filter((id) => scanned.some((it) => it.eventId === id))).toEqual(scanned.map((it) => it.eventId))
        const negated = stored.flatMap((it) => (it.kind === 'negation' ? [it.negates] : []))
        expect(new Set(negated).size).toBe(negated.length)
        for (const { logId, head, standing } of await logs(scans)) {
          const ofLog = stored.filter((it) => it.logId === logId)
          expect(ofLog.map((it) => it.seq)).toEqual(Array.from({ length: head }, (_, n) => n + 1))
          expect(standing).toBe(ofLog.reduce((sum, it) => sum + (it.kind === 'scan' ? 1 : -1), 0))
        }
      }),
      { numRuns: 100 },
    )
  })
})
