// Three products beyond the tolerance are counted again by the other person, and nobody has pressed a button for it.
import { COUNTS } from '../src/contract/envelope'
import { signIn } from './support/app'
import { violationsOf } from './support/axe'
import { barcodesFor, itemsOf, signInToRest, type RestUser } from './support/rest'
import { countSession, deviceOf, findSmall, times } from './support/supervisor'
import { expect, test } from './support/test'

const SETTLED = { timeout: 40_000 }
/** More than that beyond the book is beyond every tolerance of the demo. */
const TOO_MANY = 3
const OFF = 3

interface Listed {
  readonly inventoryCountImportId: string
  readonly countImportName: string
}

test(
  '[RL16] [RL6] [RV73] [UI31] [UI85] what is beyond the tolerance is counted again by the other person without anybody asking',
  { tag: '@long' },
  async ({ page, browser, server, ana, directed }) => {
    test.setTimeout(420_000)
    const sam = await signInToRest(server.origin, 'sam')
    const { workEffortId: countId, workEffortName } = directed.cycleCount
    const [first] = (directed.cycleCount.sessions ?? []).map((it) => it.inventoryCountImportId)
    const off = await findSmall(sam, barcodesFor(await itemsOf(ana, first!)).requested, OFF)
    const scans = off.flatMap(({ barcode, book }) => times(barcode, book + TOO_MANY))

    // An administrator says once that the rules ask.
    const office = await deviceOf(browser, server.origin, 'alex')
    await office.getByRole('link', { name: 'Review' }).click()
    await office.getByRole('link', { name: 'Rules' }).click()
    const asks = office.getByRole('checkbox', {
      name: 'Ask for recounts as soon as a count is handed in',
    })
    await asks.click()
    await expect(asks).toBeChecked(SETTLED)
    expect(await violationsOf(office)).toEqual([])
    await office.context().close()

    await signIn(page, 'ana')
    await countSession(page, sam, first!, scans)
    const recount = await untilListed(sam, countId, 'Recount 1, not by Ana Ruiz')
    const asked = await itemsOf(sam, recount)
    expect(asked.map((it) => it.productId).toSorted()).toEqual(
      off.map((it) => it.productId).toSorted(),
    )

    // Ben finds it among his counts; Ana may not take it.
    const bensPad = await deviceOf(browser, server.origin, 'ben')
    await expect(bensPad.getByText('Recount 1, not by Ana Ruiz')).toBeVisible(SETTLED)
    await expect(
      ana.send('POST', `${COUNTS}cycleCounts/sessions/${recount}/lock`, { deviceId: 'other' }),
    ).rejects.toThrow(/403/)

    // The supervisor sees who asked.
    const desk = await deviceOf(browser, server.origin, 'sam')
    await desk.getByRole('link', { name: 'Review' }).click()
    await desk.getByRole('link', { name: new RegExp(workEffortName ?? '?') }).click()
    const load = desk.getByTestId('review-load')
    await expect(load).toHaveAttribute('data-complete', 'true', SETTLED)
    await desk.getByRole('combobox', { name: /^Show/ }).selectOption('recount')
    await desk.getByRole('row').filter({ hasText: off[0]!.name }).click()
    await expect(desk.getByText(/Recount 1, asked for by the rules/)).toBeVisible(SETTLED)
    await expect(desk.getByRole('button', { name: 'Call the recount off' })).toBeVisible()

    await countSession(bensPad, sam, recount, scans)
    const states = await Promise.all(off.map((it) => stateOf(sam, countId, it.productId)))
    expect(states).toEqual(off.map(() => ['accepted', 'counts-agree']))
    await bensPad.context().close()
    await desk.context().close()
  },
)

async function untilListed(sam: RestUser, countId: string, name: string): Promise<string> {
  let found: Listed | undefined
  await expect
    .poll(async () => {
      const path = `${COUNTS}cycleCounts/workEfforts/${countId}/sessions?pageNoLimit=true`
      found = (await sam.get<readonly Listed[]>(path)).find((it) => it.countImportName === name)
      return found !== undefined
    }, SETTLED)
    .toBe(true)
  return found!.inventoryCountImportId
}

async function stateOf(
  sam: RestUser,
  countId: string,
  productId: string,
): Promise<readonly [string, string]> {
  const path = `${COUNTS}cycleCounts/workEfforts/${countId}/review/rows`
  const { rows } = await sam.get<{
    rows: readonly { productId: string; state: string; why: string }[]
  }>(path)
  const row = rows.find((it) => it.productId === productId)
  return [row?.state ?? '?', row?.why ?? '?']
}
