// What is sent is a sum: many scans become one row, and it does the same as sending after each of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScanEventDraft } from '../../src/domain/scan-event'
import { foldNew } from '../../src/sync/fold'
import { pushSession } from '../../src/sync/push'
import { queueSubmit } from '../../src/sync/submit'
import { aScan, negationOf, RICE, SESSION, TEA } from '../support/builders'
import { openDevice, type TestDevice } from '../support/network-engine'
import { allRows, outboxOf } from '../support/test-engine'

type Step = { readonly raw: string } | { readonly takeBack: number }

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ raw: fc.constantFrom(TEA, RICE, 'nobody-knows') }) },
    { weight: 1, arbitrary: fc.record({ takeBack: fc.nat({ max: 20 }) }) },
  ),
  { minLength: 1, maxLength: 20 },
)

/** The same story in events: each scan is taken back once at most. */
function draftsOf(story: readonly Step[]): ScanEventDraft[] {
  const drafts: ScanEventDraft[] = []
  const standing: ScanEventDraft[] = []
  for (const step of story) {
    if ('raw' in step) {
      const scan = aScan(step.raw)
      drafts.push(scan)
      standing.push(scan)
      continue
    }
    const [target] = standing.splice(step.takeBack % Math.max(1, standing.length), 1)
    if (target !== undefined) drafts.push(negationOf(target))
  }
  return drafts
}

const send = async (device: TestDevice): Promise<void> => {
  await foldNew(device.deps)
  await pushSession(device.deps, device.memory, SESSION)
}

/** What the server holds, without the names of the logs. */
const held = ({ server }: TestDevice) =>
  [...server.session(SESSION).rows.values()]
    .map(({ productIdentifier, quantity, standing, rev }) => ({ productIdentifier, quantity, standing, rev }))
    .toSorted((a, b) => (a.productIdentifier ?? '').localeCompare(b.productIdentifier ?? ''))

describe('sending many scans as one row', () => {
  it('[I12] [S3.35] leaves the server as sending after every scan does, with one unsent entry per row at most', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const drafts = draftsOf(story)
        const eager = await openDevice()
        const patient = await openDevice()
        try {
          for (const draft of drafts) {
            await eager.scans(draft)
            await send(eager)
          }
          for (const draft of drafts) await patient.scans(draft)
          await foldNew(patient.deps)
          const waiting = await outboxOf(patient.engine.scans)
          expect(waiting.length).toBeLessThanOrEqual((await allRows(patient.engine.scans)).length)
          expect(new Set(waiting).size).toBe(waiting.length)
          await send(patient)

          expect(held(patient)).toEqual(held(eager))
          expect(await outboxOf(patient.engine.scans)).toEqual([])
        } finally {
          await eager.engine.close()
          await patient.engine.close()
        }
      }),
      { numRuns: 30 },
    )
  })

  it('[I12] a submit that is asked for again is still one submit', async () => {
    const ana = await openDevice()
    await queueSubmit(ana.deps, SESSION)
    const first = (await ana.session()).submitQueuedAt
    await ana.time.advance(5000)
    await queueSubmit(ana.deps, SESSION)

    expect((await ana.session()).submitQueuedAt).toBe(first)
    await ana.engine.close()
  })
})
