import { expect, it } from 'vitest'
import { asId } from '../../src/domain/ids'
import type { ItemKey, LogId, SessionId } from '../../src/domain/ids'
import { rowUuidOf } from '../../src/domain/row-uuid'

const uuid = (session: string, log: string, key: string) =>
  rowUuidOf(asId<SessionId>(session), asId<LogId>(log), asId<ItemKey>(key))

it('[CR1] [S3.6] [S3.31] is the same for the same session, log and item, on every device and for ever', () => {
  expect(uuid('S1', 'log-1', 'gtin:04006381333931')).toBe(uuid('S1', 'log-1', 'gtin:04006381333931'))
  expect(uuid('S1', 'log-1', 'gtin:04006381333931')).toBe('da6243ec-9836-54b5-920f-143d571dad99')
})

it('[CR1] differs when any of the three does, whatever characters they hold', () => {
  const all = [uuid('S', 'l', 'x'), uuid('S2', 'l', 'x'), uuid('S', 'l2', 'x'), uuid('S', 'l', 'y'), uuid('S","l', '', 'x'), uuid('S', '","l', 'x')]

  expect(new Set(all).size).toBe(all.length)
})
