// The tray of a closed count on screen: pages, what is settled, a page that fails; the server behind it is a fake.
import { describe, expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import { useLateTray } from '../../src/composables/useLateTray'
import { asId, type CycleCountId, type SessionId } from '../../src/domain/ids'
import { unitsOf } from '../../src/domain/quantity'
import type { LateCursor, LateRow, ReviewSummary } from '../../src/ports/review'

const PAGE = 2

function aLateRow(rowKey: string): LateRow {
  return {
    sessionId: asId<SessionId>('S1'), sessionName: 'Aisle 4', rowKey, rev: 1, name: rowKey, quantity: unitsOf(1), delta: unitsOf(1),
    obstacle: null, userName: 'ana', receivedAt: 0,
  }
}

/** A closed count with these rows in its tray. */
function aTray(...keys: readonly string[]) {
  const waiting = [...keys]
  const server = { isDown: false, isSettledElsewhere: false, asked: [] as string[] }
  const answers = {
    late: (_id: never, after: LateCursor | null) => {
      const from = after === null ? 0 : waiting.findIndex((it) => it > after.afterRow)
      const rows = from < 0 ? [] : waiting.slice(from, from + PAGE)
      const isLast = from < 0 || from + PAGE >= waiting.length
      return { rows: rows.map(aLateRow), total: waiting.length, next: isLast ? null : { afterSession: 'S1', afterRow: rows.at(-1)! } }
    },
    settleLate: (_id: never, row: LateRow) => void waiting.splice(waiting.indexOf(row.rowKey), 1),
  }
  const review = async (name: keyof typeof answers, ...args: never[]) => {
    server.asked.push(name)
    if (server.isDown) return { ok: false, reason: 'offline', message: '' }
    return { ok: true, answer: (answers[name] as (...given: never[]) => unknown)(...args) }
  }
  const act = async (call: Promise<{ ok: boolean }>) => {
    const done = await call
    return done.ok && !server.isSettledElsewhere ? done : null
  }
  const load = vi.fn(async () => undefined)
  const summary = shallowRef({ status: 'closed' } as ReviewSummary)
  const tray = useLateTray({ services: { sync: { review: review as never } }, review: { summary, load }, id: asId<CycleCountId>('C1') }, act as never)
  const shown = () => tray.rows.value.map((it) => it.rowKey)
  return { tray, shown, server, summary, load }
}

describe('the tray of late scans', () => {
  it('[RV46] shows the first page and how many wait, and gets more when asked', async () => {
    const { tray, shown } = aTray('a', 'b', 'c', 'd', 'e')
    await tray.load()
    expect([shown(), tray.total.value]).toEqual([['a', 'b'], 5])

    await tray.more()
    await tray.more()

    expect(shown()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('[RV46] takes out what is settled without loading the rest anew; the next page follows the last row', async () => {
    const { tray, shown, server, load } = aTray('a', 'b', 'c', 'd')
    await tray.load()

    await tray.settle(aLateRow('a'), 'accepted', 'came back')
    await tray.more()

    expect([shown(), tray.total.value]).toEqual([['b', 'c', 'd'], 3])
    expect(server.asked).toEqual(['late', 'settleLate', 'late'])
    expect(load).toHaveBeenCalledOnce()
  })

  it('[RV46] goes on by itself when all that was shown is settled', async () => {
    const { tray, shown } = aTray('a', 'b', 'c')
    await tray.load()

    await tray.settle(aLateRow('a'), 'refused', 'old')
    await tray.settle(aLateRow('b'), 'refused', 'old')

    expect([shown(), tray.total.value]).toEqual([['c'], 1])
  })

  it('[RV46] keeps what it has when a page fails, says why, and asks for the same page again', async () => {
    const { tray, shown, server } = aTray('a', 'b', 'c')
    await tray.load()
    server.isDown = true
    await tray.more()
    expect([shown(), tray.problem.value]).toEqual([['a', 'b'], expect.stringContaining('Waiting for the network')])

    server.isDown = false
    await tray.more()

    expect([shown(), tray.problem.value]).toEqual([['a', 'b', 'c'], null])
  })

  it('[RV46] looks anew at what could not be settled, and asks nothing about a count that is open', async () => {
    const { tray, shown, server, summary } = aTray('a', 'b', 'c')
    await tray.load()
    await tray.more()
    server.isSettledElsewhere = true
    expect(await tray.settle(aLateRow('b'), 'accepted', 'came back')).toBe(false)
    expect(shown()).toEqual(['a', 'c'])

    server.asked.length = 0
    summary.value = { status: 'completed' } as ReviewSummary
    await tray.load()
    expect(server.asked).toEqual([])
  })
})
