// End-to-end tests: the built app in a real Chromium against real servers that each test starts for itself.
import { defineConfig } from '@playwright/test'
import { chromiumLaunchOptions } from './scripts/browser.mjs'

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 2,
  // A test that passes the second time has found something: it is not tried again.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['line']],
  use: {
    // An iPad on its side.
    viewport: { width: 1180, height: 820 },
    hasTouch: true,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    launchOptions: chromiumLaunchOptions(),
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    // Needs Playwright's own ffmpeg, which a machine with Debian's Chromium does not have.
    video: 'off',
  },
})
