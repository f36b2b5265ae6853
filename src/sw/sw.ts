// The service worker: the app starts without a network, a new version waits to be asked. It never touches API calls.
import { clientsClaim } from 'workbox-core'
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { isServerPath } from './is-server-path'
import { keepPreviousAssets, routePreviousAssets } from './previous-assets'

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly (
    | string
    | { readonly url: string; readonly revision: string | null }
  )[]
}

keepPreviousAssets(self)
precacheAndRoute([...self.__WB_MANIFEST])
cleanupOutdatedCaches()

// Every route of the app is the same page; what the server answers itself is left alone.
const appShell = createHandlerBoundToURL('index.html')
registerRoute(new NavigationRoute(appShell, { denylist: [isServerPath] }))
routePreviousAssets(self.location.origin)

// The very first session is controlled at once, so that a view that was not opened yet loads offline too.
clientsClaim()

self.addEventListener('message', (event) => {
  // Only on request of a page that has checked that nobody counts: src/composables/useAppUpdate.ts.
  if (isSkipWaiting(event.data)) void self.skipWaiting()
})

function isSkipWaiting(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'SKIP_WAITING'
}
