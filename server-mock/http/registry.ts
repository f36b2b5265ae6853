// Collects routes and data documents, then puts them on Hono.
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { REST } from '../../src/contract/envelope'
import { errorAnswer } from './answers'
import type { ServerContext } from './context'
import { HttpError } from './errors'
import { createGate } from './gate'
import type { DocumentView, Registry, Route } from './route'
import { serve } from './serve'

type App = Hono<{ Bindings: HttpBindings }>

export type RouteFacts = Pick<Route<unknown, unknown>, 'method' | 'path' | 'needs' | 'isExtension' | 'body'>

export interface RouteCollection extends Registry {
  /** All routes; in the base profile those of ours alone are left out. */
  readonly routes: readonly RouteFacts[]
  readonly findDocument: (id: string) => DocumentView | undefined
  mount(app: App): void
}

export function createRegistry(context: ServerContext): RouteCollection {
  const gate = createGate(context.limits.requestsAtOnceMax)
  const mounts: ((app: App) => void)[] = []
  const routes: RouteFacts[] = []
  const documents = new Map<string, DocumentView>()

  function mount(app: App): void {
    for (const mountOne of mounts) mountOne(app)
    // After all methods of all paths, or it would hide them.
    for (const path of new Set(routes.map((it) => it.path)))
      app.all(REST + path, (c) =>
        errorAnswer(
          new HttpError(405, `Method ${c.req.method} is not supported here`, 'BAD_REQUEST'),
          new Headers(),
        ),
      )
  }

  return {
    routes,
    mount,
    route: (route) => {
      if (route.isExtension === true && context.profile === 'hotwax') return
      routes.push(route)
      mounts.push((app) =>
        app.on(route.method, REST + route.path, (c) => serve(c, route, { context, gate })),
      )
    },
    document: (view) => documents.set(view.id, view),
    findDocument: (id) => documents.get(id),
  }
}
