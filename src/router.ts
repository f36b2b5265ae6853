// Routes; every view is loaded when it is needed. Nobody gets further than sign-in without an account on this device.
import { createRouter, createWebHistory, type Router, type RouterHistory } from 'vue-router'

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
        ],
      },
      { path: '/supervisor/board', component: () => import('./views/BoardView.vue') },
      { path: '/supervisor/plan', component: () => import('./views/PlanView.vue') },
      { path: '/supervisor/review', component: () => import('./views/ReviewListView.vue') },
      { path: '/supervisor/review/:cycleCountId', component: () => import('./views/ReviewView.vue') },
      { path: '/supervisor/rules', component: () => import('./views/RulesView.vue') },
      { path: '/supervisor/reports', component: () => import('./views/ReportsView.vue') },
      { path: '/supervisor/counts/:cycleCountId/sheet', component: () => import('./views/SheetView.vue') },
      { path: '/supervisor/items/:productId', component: () => import('./views/TimelineView.vue') },
      { path: '/supervisor/people', component: () => import('./views/PeopleView.vue') },
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
