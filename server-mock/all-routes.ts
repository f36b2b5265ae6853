// Every resource of the server in one list.
import type { Registrar } from './http/route'
import { registerBarcodes } from './routes/barcodes'
import { registerBoard } from './routes/board'
import { registerCounts } from './routes/counts'
import { registerExports } from './routes/exports'
import { registerImports } from './routes/imports'
import { registerItems } from './routes/items'
import { registerLock, registerLockDocument } from './routes/lock'
import { registerMovements } from './routes/movements'
import { registerPeople } from './routes/people'
import { registerPlan } from './routes/plan'
import { registerPlanAgain } from './routes/plan-again'
import { registerProducts } from './routes/products'
import { registerReports } from './routes/reports'
import { registerHeld } from './routes/held'
import { registerReview } from './routes/review'
import { registerReviewBase } from './routes/review-base'
import { registerReviewPast } from './routes/review-past'
import { registerReviewRules } from './routes/review-rules'
import { registerScanEvents } from './routes/scan-events'
import { registerSessions } from './routes/sessions'
import { registerSolr } from './routes/solr'
import { registerStock } from './routes/stock'
import { registerUnsentDevices } from './routes/unsent-devices'

export const ROUTES: readonly Registrar[] = [
  registerProducts,
  registerBarcodes,
  registerSolr,
  registerStock,
  registerCounts,
  registerSessions,
  registerItems,
  registerLock,
  registerLockDocument,
  registerScanEvents,
  registerReviewBase,
  registerReview,
  registerReviewPast,
  registerHeld,
  registerMovements,
  registerReviewRules,
  registerUnsentDevices,
  registerBoard,
  registerPeople,
  registerReports,
  registerPlan,
  registerPlanAgain,
  registerImports,
  registerExports,
]
