// A window that still counts on the old version finds its lazily loaded parts after the new one has taken over.
import { cacheNames } from 'workbox-core'
import { registerRoute } from 'workbox-routing'

const PREVIOUS = 'previous-assets'
const HASHED = /^\/assets\//

/**
 * While the new version installs, copy the hashed files of the one that runs: activation deletes them from the
 * precache, but a window that is in the middle of a count is not reloaded and may ask for them later.
 * Exactly one earlier version is kept. Rules: docs/SPEC.md PW5.
 */
export function keepPreviousAssets(scope: ServiceWorkerGlobalScope): void {
  scope.addEventListener('install', (event) => {
    event.waitUntil(copyAssets(scope.caches))
  })
}

/** Answer requests for hashed files that the current version does not have. Call after the precache's own route. */
export function routePreviousAssets(origin: string): void {
  registerRoute(
    ({ url, sameOrigin }) => sameOrigin && url.origin === origin && HASHED.test(url.pathname),
    async ({ request }) => (await caches.match(request, { cacheName: PREVIOUS })) ?? fetch(request),
  )
}

async function copyAssets(storage: CacheStorage): Promise<void> {
  const running = await storage.open(cacheNames.precache)
  const requests = (await running.keys()).filter((request) =>
    HASHED.test(new URL(request.url).pathname),
  )
  // First installation: there is no earlier version.
  if (requests.length === 0) return

  await storage.delete(PREVIOUS)
  const previous = await storage.open(PREVIOUS)
  for (const request of requests) {
    const response = await running.match(request)
    if (response !== undefined) await previous.put(request, response)
  }
}
