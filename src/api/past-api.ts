// What is over, over HTTP (extended profile): closed counts, the history of one, and opening a count again.
import { COUNTS } from '../contract/envelope'
import { ReviewChanged } from '../contract/review'
import { ClosedCounts, CountHistory } from '../contract/review-past'
import { asId, type CycleCountId } from '../domain/ids'
import type { PastApi } from '../ports/past'
import { WORK_EFFORTS } from './counts-api'
import { microOf, moneyOrNull } from './decode-review'
import { part, type Http } from './http'

export function createPastCalls(http: Http): PastApi {
  return {
    async closed(facilityId, { end, text, after }) {
      const query = { facilityId, end, text: text === '' ? undefined : text, ...after }
      const path = `${COUNTS}cycleCounts/closed`
      const wire = await http.json({ method: 'get', path, schema: ClosedCounts, query })
      return {
        total: wire.total,
        currency: wire.currency ?? null,
        next: wire.next ?? null,
        counts: wire.counts.map(({ workEffortId, netUnits, netValue, ...it }) => ({
          ...it,
          cycleCountId: asId<CycleCountId>(workEffortId),
          startedAt: it.startedAt ?? null,
          endedBy: it.endedBy ?? null,
          reason: it.reason ?? null,
          net:
            netUnits === undefined
              ? null
              : { units: microOf(netUnits), value: moneyOrNull(netValue) },
        })),
      }
    },
    async history(id, before) {
      const path = `${WORK_EFFORTS}/${part(id)}/review/history`
      const query = { before: before ?? undefined }
      const wire = await http.json({ method: 'get', path, schema: CountHistory, query })
      return {
        nextBefore: wire.nextBefore ?? null,
        deeds: wire.deeds.map((it) => ({
          ...it,
          reason: it.reason ?? null,
          sessionName: it.sessionName ?? null,
          products: it.products ?? null,
          productName: it.productName ?? null,
          whom: it.whom ?? null,
          formerly: it.formerly ?? null,
          deviceName: it.deviceName ?? null,
          amount: it.amount ?? null,
        })),
      }
    },
    async reopenCount(id, reason) {
      const path = `${WORK_EFFORTS}/${part(id)}/review/reopen`
      await http.json({ method: 'post', path, schema: ReviewChanged, body: { reason } })
    },
  }
}
