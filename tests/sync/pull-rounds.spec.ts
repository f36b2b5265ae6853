// Rows that are taken off while a pull reads page by page: the others move up, and one of them falls between two pages.
import { afterEach, describe, expect, it } from 'vitest'
import { pullSession } from '../../src/sync/pull'
import { requestedItem, SESSION } from '../support/builders'
import type { TestDevice } from '../support/network-engine'
import { openDevice } from '../support/network-engine'
import { allLines } from '../support/test-engine'

const devices: TestDevice[] = []
afterEach(async () => {
  for (const device of devices.splice(0)) await device.engine.close()
})

/** A device that has pulled four lines, one on a page. */
async function pulled(): Promise<TestDevice> {
  const device = await openDevice({ limits: { pullPage: 1 } })
  devices.push(device)
  const { rows } = device.server.session(SESSION)
  for (const [nth, productId] of ['TEA', 'RICE', 'SOAP', 'JAM'].entries()) {
    const item = requestedItem(String(nth + 1), productId)
    rows.set(item.importItemSeqId, { ...item, acceptedRevs: [] })
  }
  await pullSession(device.deps, SESSION)
  return device
}

const linesOf = async ({ engine }: TestDevice): Promise<string[]> => (await allLines(engine.scans)).map((it) => it.lineKey)

/** While the next pages are read these rows go, one behind each page. */
function takeOff({ server }: TestDevice, places: readonly string[]): void {
  const waiting = [...places]
  server.meanwhile = (call) => {
    if (call === 'itemsPage') server.session(SESSION).rows.delete(waiting.shift() ?? '')
    return Promise.resolve()
  }
}

describe('a pull beside somebody who removes rows', () => {
  it('[SM47] [JN8] removes what has gone, and no row that moved up between two pages', async () => {
    const device = await pulled()

    takeOff(device, ['1'])
    await pullSession(device.deps, SESSION)

    expect(await linesOf(device)).toEqual(['JAM', 'RICE', 'SOAP'])
  })

  it('[SM47] [JN8] keeps what the server shows, whichever two rows go behind whichever two pages, and the next pull removes them', async () => {
    for (const [first, second] of [['1', '2'], ['2', '1'], ['1', '3'], ['3', '2'], ['2', '4']] as const)
      for (let pause = 0; pause < 6; pause++) {
        const device = await pulled()
        const living = ['TEA', 'RICE', 'SOAP', 'JAM'].filter((_, nth) => String(nth + 1) !== first && String(nth + 1) !== second)

        takeOff(device, [first, ...Array.from({ length: pause }, () => ''), second])
        await pullSession(device.deps, SESSION)
        const beside = await linesOf(device)
        await pullSession(device.deps, SESSION)
        await pullSession(device.deps, SESSION)

        expect(beside).toEqual(expect.arrayContaining(living))
        expect(await linesOf(device)).toEqual(living.toSorted())
      }
  })

  it('[JN8] reads a session once more only where rows have gone between pages', async () => {
    const device = await pulled()
    const pagesOf = async (): Promise<number> => {
      const before = device.server.calls.length
      await pullSession(device.deps, SESSION)
      return device.server.calls.slice(before).filter((it) => it === 'itemsPage').length
    }

    const quiet = await pagesOf()
    device.server.session(SESSION).rows.delete('2')
    const gone = await pagesOf()

    expect([quiet, gone]).toEqual([5, 8])
    expect(await pagesOf()).toBe(4)
  })
})
