// Routes; every view is loaded when it is needed. Nobody gets further than sign-in without an account on this device.
import { createRouter, createWebHistory, type Router, type RouterHistory } from 'vue-router'
import type { Desk } from './composables/desk-words'

declare module 'vue-router' {
  interface RouteMeta {
    /** A page beside counting that not every server has. */
    readonly desk?: Desk
  }
}

export interface RouterDeps {
  /** Is somebody signed in, or can the last user go on? */
  readonly isSignedIn: () => Promise<boolean>
  readonly history?: RouterHistory
}

export function createAppRouter({ isSignedIn, history = createWebHistory() }: RouterDeps): Router {
  const router = createRouter({
    history,
    routes: [
      { path: '/', redirect: '/counts' },
      { path: '/login', component: () => import('./views/LoginView.vue') },
      { path: '/counts/:cycleCountId?', component: () => import('./views/CountsView.vue') },
      {
        path: '/sessions/:sessionId',
        component: () => import('./views/SessionView.vue'),
        children: [
          { path: '', component: () => import('./views/CountingView.vue') },
          { path: 'hand-count', component: () => import('./views/HandCountView.vue') },
          // The same page as /sync, without leaving the session. Rule: UI59
          { path: 'sync', component: () => import('./views/SyncView.vue') },
        ],
      },
      {
        path: '/supervisor',
        component: () => import('./views/DeskShell.vue'),
        children: [
          { path: '', redirect: '/counts' },
          { path: 'board', meta: { desk: 'board' }, component: () => import('./views/BoardView.vue') },
          { path: 'plan', meta: { desk: 'plan' }, component: () => import('./views/PlanView.vue') },
          { path: 'review', meta: { desk: 'review' }, component: () => import('./views/ReviewListView.vue') },
          { path: 'review/:cycleCountId', meta: { desk: 'review' }, component: () => import('./views/ReviewDoor.vue') },
          { path: 'closed', meta: { desk: 'closed' }, component: () => import('./views/ClosedView.vue') },
          { path: 'rules', meta: { desk: 'rules' }, component: () => import('./views/RulesView.vue') },
          { path: 'reports', meta: { desk: 'reports' }, component: () => import('./views/ReportsView.vue') },
          { path: 'counts/:cycleCountId/sheet', meta: { desk: 'sheet' }, component: () => import('./views/SheetView.vue') },
          { path: 'items/:productId', meta: { desk: 'timeline' }, component: () => import('./views/TimelineView.vue') },
          { path: 'people', meta: { desk: 'people' }, component: () => import('./views/PeopleView.vue') },
        ],
      },
      { path: '/settings', component: () => import('./views/SettingsView.vue') },
      { path: '/sync', component: () => import('./views/SyncView.vue') },
      { path: '/:unknown(.*)*', redirect: (to) => ({ path: '/counts', query: { missing: to.path } }) },
    ],
  })
  router.beforeEach(async (to) => {
    if (to.path === '/login') return true
    try {
      if (await isSignedIn()) return true
    } catch {
      // A blank page would say nothing, and a mere sign-in would look as if the scans were gone.
      return { path: '/login', query: { next: to.fullPath, storage: 'closed' } }
    }
    return { path: '/login', query: { next: to.fullPath } }
  })
  return router
}
