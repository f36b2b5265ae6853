// The built app's shell in a real browser: offline start, and the way a new version comes in. Needs no API server.
import type { Server, ServerResponse } from 'node:http'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '@playwright/test'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** A host for a copy of the build, which can be replaced by a next version or go away. */
class AppHost {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'shelfcount-shell-'))
  readonly apiCalls: string[] = []
  #server: Server | undefined
  origin = ''

  async start(): Promise<void> {
    cpSync('dist', this.folder, { recursive: true })
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://host')
      if (pathname.startsWith('/rest')) {
        this.apiCalls.push(pathname)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"from":"server"}')
        return
      }
      this.#sendFile(pathname, response)
    })
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    this.origin = `http://127.0.0.1:${address.port}`
  }

  #sendFile(pathname: string, response: ServerResponse): void {
    const isRoute = path.extname(pathname) === ''
    const file = path.join(this.folder, isRoute ? 'index.html' : pathname)
    try {
      const body = readFileSync(file)
      const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(body)
    } catch {
      response.writeHead(404).end('not here')
    }
  }

  /** Deploys a next version: one lazily loaded part has another name and the old one is gone from the server. */
  deployNext(oldName: string): string {
    const newName = oldName.replace(/\.js$/, '-next.js')
    renameSync(path.join(this.folder, oldName), path.join(this.folder, newName))
    const worker = path.join(this.folder, 'sw.js')
    writeFileSync(worker, readFileSync(worker, 'utf8').replaceAll(oldName, newName))
    return newName
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    await new Promise<void>((resolve) => {
      if (server === undefined) resolve()
      else {
        server.close(() => {
          resolve()
        })
      }
    })
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true })
  }
}

/** A part of the app that is loaded only when its view is opened. */
function lazyPart(host: AppHost): string {
  const manifest = JSON.parse(
    readFileSync(path.join(host.folder, '.vite/manifest.json'), 'utf8'),
  ) as Record<string, { file: string }>
  const part = manifest['src/views/SyncView.vue']
  if (part === undefined) throw new Error('the build has no Sync view')
  return part.file
}

async function openInstalled(page: Page, host: AppHost): Promise<void> {
  await page.goto(host.origin)
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller !== null) return
    await new Promise<void>((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', () => {
        resolve()
      })
    })
  })
}

async function fetchStatus(page: Page, url: string): Promise<number> {
  return page.evaluate(async (wanted) => (await fetch(wanted)).status, url)
}

let host: AppHost

test.beforeEach(async () => {
  host = new AppHost()
  await host.start()
})
test.afterEach(async () => {
  await host.remove()
})

test('[PW7] the app starts without a network, on a route that was never opened', async ({
  page,
}) => {
  await openInstalled(page, host)
  await host.stop()

  await page.goto(`${host.origin}/sync`)

  await expect(page.locator('#app > *').first()).toBeAttached()
})

test('[PW6] calls of the API reach the server each time and are kept nowhere', async ({ page }) => {
  await openInstalled(page, host)
  const before = host.apiCalls.length

  await fetchStatus(page, '/rest/s1/twice')
  await fetchStatus(page, '/rest/s1/twice')

  expect(host.apiCalls.slice(before).filter((call) => call === '/rest/s1/twice')).toHaveLength(2)
  const kept = await page.evaluate(async () => (await caches.match('/rest/s1/twice')) === undefined)
  expect(kept).toBe(true)
})

test('[PW1] a new version waits, and the open window stays as it is', async ({ page }) => {
  await openInstalled(page, host)
  await page.evaluate(() => {
    document.documentElement.dataset['stays'] = 'yes'
  })
  host.deployNext(lazyPart(host))

  const isWaiting = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update()
    const worker = registration.installing ?? registration.waiting
    if (worker === null) return false
    if (worker.state === 'installed') return true
    return new Promise<boolean>((resolve) => {
      worker.addEventListener('statechange', () => {
        resolve(worker.state === 'installed')
      })
    })
  })

  expect(isWaiting).toBe(true)
  expect(await page.evaluate(() => document.documentElement.dataset['stays'])).toBe('yes')
})

test('[PW5] a window of the old version finds its parts after the new one has taken over', async ({
  page,
}) => {
  await openInstalled(page, host)
  const oldPart = lazyPart(host)
  const newPart = host.deployNext(oldPart)

  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const over = new Promise<void>((resolve) => {
      navigator.serviceWorker.addEventListener('controllerchange', () => {
        resolve()
      })
    })
    await registration.update()
    const worker = registration.installing ?? registration.waiting
    worker?.addEventListener('statechange', () => {
      worker.postMessage({ type: 'SKIP_WAITING' })
    })
    worker?.postMessage({ type: 'SKIP_WAITING' })
    await over
  })
  await host.stop()

  expect(await fetchStatus(page, `/${oldPart}`)).toBe(200)
  expect(await fetchStatus(page, `/${newPart}`)).toBe(200)
})

test('[PW8] the manifest makes the app installable and all its icons are there', async ({
  page,
  request,
}) => {
  await page.goto(host.origin)
  const href = await page.locator('link[rel=manifest]').getAttribute('href')
  const manifest = (await (await request.get(`${host.origin}${href ?? ''}`)).json()) as {
    id: string
    display: string
    icons: { src: string; sizes: string; purpose: string }[]
  }

  expect(manifest).toMatchObject({ id: '/', name: 'Shelfcount', display: 'standalone' })
  expect(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual(
    expect.arrayContaining(['192x192 any', '512x512 any', '512x512 maskable']),
  )
  const statuses = await Promise.all(
    [...manifest.icons.map(({ src }) => src), '/icons/apple-touch-icon.png'].map(async (src) =>
      (await request.get(`${host.origin}${src}`)).status(),
    ),
  )
  expect(new Set(statuses)).toEqual(new Set([200]))
})
