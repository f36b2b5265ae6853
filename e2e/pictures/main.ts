// `npm run pictures`: the pictures of docs/images, taken of the built app in the middle of a count. Run `npm run build` before.
import { join } from 'node:path'
import { chromium, type Browser } from '@playwright/test'
import { chromiumLaunchOptions } from '../../scripts/browser.mjs'
import { signIn } from '../support/app'
import { barcodesFor, findDirectedSession, signInToRest } from '../support/rest'
import { PROJECT, startServer } from '../support/server'
import { FACILITY } from '../support/supervisor'
import { exitOnSignals } from '../support/tidy-exit'
import { newIPad } from './camera'
import { takeCounting, takeReopened } from './counting'
import { takeBaseReview, takeClosed, takeDesk, takeReports, takeReview } from './desk'
import { fillPlanning, takePlanning } from './planning'

async function onOurServer(browser: Browser): Promise<void> {
  const server = await startServer()
  try {
    const { origin } = server
    const directed = await findDirectedSession(await signInToRest(origin, 'ana'))
    const supervisor = await signInToRest(origin, 'sam')
    const iPad = await newIPad(browser)
    await takeCounting(iPad, origin, directed)
    const desk = await newIPad(browser)
    await signIn(desk, 'alex', origin)
    await desk.locator('select').selectOption({ label: FACILITY.name })
    await takeDesk(desk)
    await fillPlanning(supervisor)
    await takePlanning(desk, barcodesFor(directed.items).requested)
    await desk.getByRole('link', { name: 'Counts' }).click()
    await takeClosed(desk)
    await takeReview(desk)
    await takeReports(desk)
    await takeReopened(iPad, supervisor, { ...directed, origin })
  } finally {
    await server.dispose()
  }
}

async function onBaseServer(browser: Browser): Promise<void> {
  const server = await startServer({ profile: 'hotwax' })
  try {
    await takeBaseReview(await newIPad(browser), server.origin)
  } finally {
    await server.dispose()
  }
}

exitOnSignals()
const browser = await chromium.launch(chromiumLaunchOptions(join(PROJECT, '.data/browser.json')))
try {
  await onOurServer(browser)
  await onBaseServer(browser)
} finally {
  await browser.close()
}
