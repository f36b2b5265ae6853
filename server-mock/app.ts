// Puts the server together: routes below /rest/s1/, the faults control, the built app.
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { REST } from '../src/contract/envelope'
import { createPasswords, type Passwords } from './auth/passwords'
import { registerFaultsControl } from './faults-control'
import { serveAppFolder } from './app-folder'
import { errorAnswer } from './http/answers'
import type { ServerContext } from './http/context'
import { HttpError } from './http/errors'
import { createRegistry, type RouteCollection } from './http/registry'
import type { Registrar } from './http/route'
import { ROUTES } from './all-routes'
import { registerCapabilities } from './routes/capabilities'
import { registerDataDocument } from './routes/data-document'
import { registerStartup } from './routes/startup'

const EXPOSED_HEADERS = [
  'X-Total-Count',
  'X-Page-Index',
  'X-Page-Size',
  'X-Page-Max-Index',
  'X-Page-Range-Low',
  'X-Page-Range-High',
  'Retry-After',
  'Date',
]
const PREFLIGHT_SECONDS = 600

export interface AppOptions {
  readonly registrars?: readonly Registrar[]
  readonly passwords?: Passwords
  /** The built app, served on every path outside /rest. */
  readonly appFolder?: string
  /** Opens /__faults. Never in front of real data. */
  readonly hasFaultsControl?: boolean
}

export type App = Hono<{ Bindings: HttpBindings }>

/** Every answer below /rest/s1/ is JSON; everything else there is a 404 in the same envelope. */
export function createApp(context: ServerContext, options: AppOptions = {}): App {
  const app: App = new Hono()
  app.use(
    `${REST}*`,
    // No cookies anywhere: a foreign origin gains nothing that it could not do by itself with the token.
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      allowHeaders: ['Authorization', 'Content-Type', 'Content-Encoding'],
      exposeHeaders: EXPOSED_HEADERS,
      maxAge: PREFLIGHT_SECONDS,
    }),
  )
  app.use('*', async (c, next) => {
    await next()
    c.res.headers.set('X-Content-Type-Options', 'nosniff')
  })
  collectRoutes(context, options).mount(app)
  app.all(`${REST}*`, () => notFound())
  app.all('/rest/*', () => notFound())
  if (options.hasFaultsControl === true) registerFaultsControl(app, context)
  if (options.appFolder !== undefined) serveAppFolder(app, options.appFolder)
  app.notFound(() => notFound())
  app.onError((error) => {
    context.log(error.stack ?? error.message)
    return errorAnswer(new HttpError(500, 'Internal error'), new Headers())
  })
  return app
}

/** All routes of a profile without a network: for the app, and for the table of who may call what. */
export function collectRoutes(context: ServerContext, options: AppOptions = {}): RouteCollection {
  const registry = createRegistry(context)
  registerCapabilities(registry, context)
  registerStartup(
    registry,
    options.passwords ?? createPasswords(undefined, context.limits.hashesAtOnceMax),
    context.limits,
  )
  registerDataDocument(registry, registry.findDocument)
  for (const register of options.registrars ?? ROUTES) register(registry, context)
  return registry
}

function notFound(): Response {
  return errorAnswer(new HttpError(404, 'Not found', 'NOT_FOUND'), new Headers())
}
