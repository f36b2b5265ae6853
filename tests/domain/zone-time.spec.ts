// Clock times of a place: there and back, with clocks that jump.
import { describe, expect, it } from 'vitest'
import { momentOf, wallTimeOf } from '../../src/domain/zone-time'

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'UTC']

describe('momentOf', () => {
  it('[PL8] is the moment at which clocks of the zone show it', () => {
    expect(momentOf('2026-11-26T09:30', 'Asia/Kolkata')).toBe(Date.UTC(2026, 10, 26, 4))
    expect(momentOf('2026-07-01T09:30:15', 'America/New_York')).toBe(
      Date.UTC(2026, 6, 1, 13, 30, 15),
    )
    for (const zone of ZONES)
      for (let day = 0; day < 366; day += 1) {
        const at = Date.UTC(2026, 0, 1 + day, (day * 7) % 24, (day * 13) % 60)
        const wall = wallTimeOf(at, zone)
        // Shown twice in a year for one hour: the first one is meant.
        expect(at - (momentOf(wall, zone) ?? NaN)).toBeOneOf([0, 3_600_000])
        expect(wallTimeOf(momentOf(wall, zone) ?? NaN, zone)).toBe(wall)
      }
  })

  it('[PL8] is null in the hour that is left out, and the earlier one in the hour that comes twice', () => {
    expect(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toBeNull()
    expect(momentOf('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 0, 30))
  })

  it('[PL8] is null for what is no time', () => {
    for (const text of ['', 'tomorrow', '2026-02-30T10:00', '2026-01-01T24:00', '2026-13-01T10:00', '2026-01-01'])
      expect(momentOf(text, 'UTC')).toBeNull()
  })
})
