import { gzipSync } from 'node:zlib'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HANDOVER_LIMITS, handoverFileName } from '../../src/domain/handover'
import type { Handover, HandoverProblem } from '../../src/domain/handover'
import { asId } from '../../src/domain/ids'
import { decodeHandover, encodeHandover, HandoverError } from '../../src/files/handover-file'
import { aScan, aSession, DEVICE, negationOf, SESSION, TEA, units } from '../support/builders'

const edge = { crypto: globalThis.crypto }
const PASSPHRASE = 'Grün ist die Heide'

function aHandover(scans = 3): Handover {
  const first = aScan(TEA)
  const drafts = [first, ...Array.from({ length: scans - 1 }, () => aScan('x', { symbology: 'E0', fence: 4 })), negationOf(first, { deviceId: DEVICE, quantity: units(-1), itemKey: first.itemKey })]
  const { session, cycleCount } = aSession()
  const logId = asId<Handover['logs'][number]['logId']>('log-1')
  return {
    serverOrigin: 'https://counts.example',
    userName: asId('ana'),
    deviceId: DEVICE,
    deviceName: 'iPad 2',
    savedAt: Date.UTC(2026, 10, 25, 16, 40),
    scans,
    lines: 2,
    sessions: [{ session, cycleCount }],
    logs: [{ logId, sessionId: SESSION, userName: asId('ana'), events: drafts.map((draft, index) => ({ ...draft, logId, seq: index + 1 })) }],
    matches: [{ sessionId: SESSION, itemKey: asId('raw:x'), productId: asId('SOAP'), packSize: 6 }],
  }
}

async function problemOf(bytes: Uint8Array<ArrayBuffer>, passphrase: string | null = null, limits = HANDOVER_LIMITS): Promise<HandoverProblem | 'none'> {
  try {
    await decodeHandover(bytes, passphrase, { ...edge, limits })
    return 'none'
  } catch (error) {
    if (error instanceof HandoverError) return error.problem
    throw error
  }
}

/** A file by hand: what its header says, in front of what is in it. */
function fileOf(content: unknown, header: object = {}): Uint8Array<ArrayBuffer> {
  const body = gzipSync(JSON.stringify(content))
  const sha256 = createHash('sha256').update(body).digest('hex')
  const line = JSON.stringify({ format: 'shelfcount-scans', version: 1, sha256, encryption: null, ...header })
  return new Uint8Array([...Buffer.from(`${line}\n`), ...body])
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('a hand-over file', () => {
  it('[HF11] comes back as it was, with and without a passphrase', async () => {
    const handover = aHandover()

    for (const passphrase of [null, PASSPHRASE])
      expect(await decodeHandover(await encodeHandover(handover, passphrase, edge), passphrase, edge)).toEqual(handover)
  })

  it('[SE44] brings along why scans were dropped; what a newer app calls otherwise is another reason', async () => {
    const handover = aHandover()
    const [log] = handover.logs
    const dropped = log?.events.map((it) => (it.kind === 'negation' ? { ...it, reason: 'not-ours' as const } : it)) ?? []
    const file = { ...handover, logs: log === undefined ? [] : [{ ...log, events: dropped }] }
    expect(await decodeHandover(await encodeHandover(file, null, edge), null, edge)).toEqual(file)

    const newer = dropped.map((it) => (it.kind === 'negation' ? { ...it, reason: 'eaten' as never } : it))
    const read = await decodeHandover(await encodeHandover({ ...file, logs: log === undefined ? [] : [{ ...log, events: newer }] }, null, edge), null, edge)
    expect(read.logs[0]?.events.at(-1)).toMatchObject({ kind: 'negation', reason: 'other' })
  })

  it('[HF11] is compressed: a thousand scans take less than a tenth of their text', async () => {
    const handover = aHandover(1000)

    const bytes = await encodeHandover(handover, null, edge)

    expect(bytes.length).toBeLessThan(JSON.stringify(handover).length / 10)
  })

  it('[HF11] that was cut short or changed anywhere is damaged, or no file of ours; never half a file', async () => {
    const bytes = await encodeHandover(aHandover(), null, edge)

    expect(await problemOf(bytes.slice(0, -1))).toBe('damaged')
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = bytes.slice()
        changed[at] = changed[at]! ^ flip
        expect(['damaged', 'foreign', 'newer', 'needs-passphrase']).toContain(await problemOf(changed))
      }),
      { numRuns: 200 },
    )
  })

  it('[HF11] is told apart from other files, from newer versions and from nonsense with a right checksum', async () => {
    expect(await problemOf(new Uint8Array())).toBe('foreign')
    expect(await problemOf(new Uint8Array(Buffer.from('PK\u0003\u0004 some other file\n and more')))).toBe('foreign')
    expect(await problemOf(new Uint8Array(Buffer.from('{"format":"something-else","version":1}\n')))).toBe('foreign')
    expect(await problemOf(fileOf({}, { version: 2 }))).toBe('newer')
    expect(await problemOf(fileOf({ logs: 'none' }))).toBe('damaged')
  })

  it('[HF11] keeps to its limits: in bytes, in events, and in what a small file unpacks to', async () => {
    const bytes = await encodeHandover(aHandover(100), null, edge)
    const inside = JSON.stringify(aHandover(100)).length

    expect(await problemOf(bytes, null, { ...HANDOVER_LIMITS, fileBytes: bytes.length - 1 })).toBe('too-large')
    expect(await problemOf(bytes, null, { ...HANDOVER_LIMITS, events: 100 })).toBe('too-large')
    expect(await problemOf(bytes, null, { ...HANDOVER_LIMITS, contentBytes: inside / 2 })).toBe('too-large')
    expect(await problemOf(bytes, null, { ...HANDOVER_LIMITS, events: 101 })).toBe('none')
    await expect(encodeHandover(aHandover(100), null, { ...edge, limits: { ...HANDOVER_LIMITS, contentBytes: inside / 2 } })).rejects.toMatchObject({ problem: 'too-large' })
  })

  it('[HF12] shows nothing of its content without the passphrase', async () => {
    const bytes = await encodeHandover(aHandover(), PASSPHRASE, edge)

    expect(textOf(bytes)).not.toContain('ana')
    expect(textOf(bytes)).toContain('"iterations":600000')
    expect(await problemOf(bytes)).toBe('needs-passphrase')
    expect(await problemOf(bytes, 'grün ist die Heide')).toBe('wrong-passphrase')
    expect(await problemOf(bytes, PASSPHRASE.normalize('NFD'))).toBe('none')
  })

  it('[HF12] does not open with a header that was changed, and asks for no endless work', async () => {
    const bytes = await encodeHandover(aHandover(), PASSPHRASE, edge)
    const withIterations = (count: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(Buffer.from(textOf(bytes).replace('"iterations":600000', `"iterations":${count}`), 'latin1'))

    expect(await problemOf(withIterations('600001'), PASSPHRASE)).toBe('wrong-passphrase')
    expect(await problemOf(withIterations('900000000'), PASSPHRASE)).toBe('damaged')
  })

  it('[HF12] two files of the same scans have nothing in common', async () => {
    const [one, two] = [await encodeHandover(aHandover(), PASSPHRASE, edge), await encodeHandover(aHandover(), PASSPHRASE, edge)]

    expect(textOf(one).slice(-64)).not.toBe(textOf(two).slice(-64))
  })

  it('[HF11] says that it needs https where the browser has no cryptography', async () => {
    const insecure = { subtle: undefined } as unknown as Crypto

    await expect(encodeHandover(aHandover(), null, { crypto: insecure })).rejects.toMatchObject({ problem: 'insecure' })
  })

  it('[HF11] is named after its user, its time and its scans', () => {
    expect(handoverFileName(aHandover(12))).toBe('shelfcount-ana-2026-11-25-1640-12-scans.shelfcount')
    expect(handoverFileName({ ...aHandover(1), userName: asId('zoë/../b c') })).toBe('shelfcount-zoë_.._b_c-2026-11-25-1640-1-scan.shelfcount')
  })
})
