// Serves the built app: files as they are, every other path as index.html, under a strict content policy.
import { serveStatic } from '@hono/node-server/serve-static'
import type { App } from './app'

/**
 * No inline scripts, no code from elsewhere. Styles may be inline: the virtual lists and dialogs position by style
 * attributes. Connections may go to any server over HTTPS, as people name theirs at sign-in, and to this machine.
 */
const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "worker-src 'self'",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "manifest-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const SECURITY_HEADERS = {
  'Content-Security-Policy': CONTENT_POLICY,
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
}

/** Vite puts a hash into the names of everything below assets/. */
const HASHED = /\/assets\/.+-[\w-]{8,}\.\w+$/
const HAS_EXTENSION = /\.\w{1,12}$/

/** @param folder an absolute path */
export function serveAppFolder(app: App, folder: string): void {
  app.use('*', async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value)
    c.res.headers.set('Cache-Control', cacheControlOf(c.req.path, c.res.status))
  })
  app.get('*', serveStatic({ root: folder, precompressed: true }))
  const index = serveStatic({ root: folder, path: 'index.html', precompressed: true })
  // A missing file is a 404, not a page: an old page that asks for a replaced script must see that it is gone.
  app.get('*', (c, next) => (HAS_EXTENSION.test(c.req.path) ? next() : index(c, next)))
}

/** index.html, sw.js and all other names that stay the same are asked for again each time. */
function cacheControlOf(path: string, status: number): string {
  return status === 200 && HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
}
