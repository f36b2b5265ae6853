// Somebody at a desk, while others count: changes what a session asks for, and removes rows that should not be there.
import type { Marks } from './marks'
import type { SimServer } from './server/sim-server'
import type { LaterAction } from './workload'

type Deed<Kind extends LaterAction['kind']> = Extract<LaterAction, { readonly kind: Kind }>

export interface Desk {
  readonly changeList: (deed: Omit<Deed<'change-list'>, 'kind'>) => void
  readonly removeRow: (deed: Omit<Deed<'remove-row'>, 'kind'>) => void
}

/** May plan, and remove rows. */
const SUPERVISOR = 'sam'

export function createDesk(server: SimServer, marks: Marks): Desk {
  return {
    changeList({ sessionId, productId, isAsked }) {
      if (!server.sessionIds().includes(sessionId)) return
      const verdict = server.changeList(SUPERVISOR, sessionId, { productId, isAsked })
      marks.note(`list-${isAsked ? 'added' : 'taken-off'}:${verdict ?? 'not-now'}`)
    },
    removeRow({ sessionId, nth }) {
      // A base server forgets the row, and with it that somebody counted it: nothing could be told of it any more.
      if (server.profile !== 'extended' || !server.sessionIds().includes(sessionId)) return
      const living = server.rowsOf(sessionId).flatMap((it) => (it.uuid === null || it.isDeleted ? [] : [{ ...it, uuid: it.uuid }]))
      const row = living[nth % Math.max(1, living.length)]
      if (row === undefined || server.removeRows(SUPERVISOR, sessionId, [row.uuid]) !== null) return
      marks.note(row.quantity === null ? 'row-removed:uncounted' : 'row-removed:counted')
    },
  }
}
