// Review and approval: the base contract's calls (3.7, 3.8, 5) and ours.
import * as v from 'valibot'
import {
  DECISION_ACTIONS,
  DECISION_REFUSALS,
  LADDER_REASONS,
  LADDER_STATES,
  MOVEMENT_KINDS,
} from '../domain/review'
import { SESSION_STATUS_IDS } from './counts'
import { Millis, Quantity, Text } from './envelope'
import { DroppedBarcodes } from './review-dropped'

/** Products in one request that decides. */
export const REVIEW_CHUNK_MAX = 500
/** Products in one page that is read. */
export const REVIEW_PAGE_MAX = 2000
/** Of one product in one count. */
export const PHOTOS_MAX = 5

const Id = v.pipe(Text, v.minLength(1))
/** Why: said by a person, never empty. */
const Reason = v.pipe(Text, v.trim(), v.minLength(1))
const CountOf = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

// The base contract.

export const WireReview = v.object({
  productId: v.string(),
  internalName: v.nullish(v.string()),
  quantity: v.nullish(v.number()),
  quantityOnHand: v.nullish(v.number()),
  systemQuantityOnHand: v.nullish(v.number()),
  proposedVarianceQuantity: v.nullish(v.number()),
  isRequested: v.nullish(v.string()),
  numberOfSessions: v.nullish(v.number()),
  minLastUpdatedAt: v.nullish(Millis),
  maxLastUpdatedAt: v.nullish(Millis),
  decisionOutcomeEnumId: v.nullish(v.string()),
  systemQuantity: v.nullish(v.number()),
  varianceQuantity: v.nullish(v.number()),
})
export type WireReview = v.InferOutput<typeof WireReview>

export const WireProductSession = v.object({
  inventoryCountImportId: v.string(),
  countImportName: v.nullish(v.string()),
  uploadedByUserLogin: v.nullish(v.string()),
  counted: v.nullish(v.number()),
  createdDate: v.nullish(Millis),
  lastUpdatedAt: v.nullish(Millis),
  productId: v.string(),
  statusId: v.string(),
})
export type WireProductSession = v.InferOutput<typeof WireProductSession>

export const SubmitDecisions = v.object({
  inventoryCountProductsList: v.array(
    v.object({
      workEffortId: Id,
      productId: Id,
      facilityId: Id,
      systemQuantity: v.nullish(Quantity),
      countedQuantity: v.nullish(Quantity),
      varianceQuantity: v.nullish(Quantity),
      decisionOutcomeEnumId: v.picklist(['APPLIED', 'SKIPPED']),
      decisionReasonEnumId: v.nullish(Text),
      comments: v.nullish(Text),
    }),
  ),
})

export const RecordVariance = v.object({
  partyId: v.nullish(Text),
  varianceList: v.array(
    v.object({
      inventoryItemId: v.nullish(Text),
      productId: Id,
      facilityId: Id,
      reasonEnumId: Id,
      quantity: Quantity,
      comments: v.nullish(Text),
    }),
  ),
})

export const Diagnostics = v.object({
  isStatusConfigured: v.boolean(),
  isWorkEffortStatusFlowConfigured: v.boolean(),
  areAllPermissionConfigured: v.boolean(),
  missingPermissions: v.array(v.string()),
  isAllProductFacDataDocPresent: v.boolean(),
  areDecisionReasonsConfigured: v.boolean(),
  isWorkEffortRelatedToInventoryCountImport: v.boolean(),
})

// Ours.

const Moved = v.object({
  kind: v.picklist(MOVEMENT_KINDS),
  quantity: v.number(),
  times: CountOf,
  lastAt: Millis,
})

export const ReviewRound = v.object({
  /** 0: the first count; n: the nth recount. */
  round: CountOf,
  quantity: v.number(),
  firstAt: Millis,
  lastAt: Millis,
  counters: v.array(v.string()),
  sessions: CountOf,
  isOpen: v.boolean(),
  // For those who may see the book:
  bookAtCount: v.optional(v.number()),
  expectedNow: v.optional(v.number()),
  variance: v.optional(v.number()),
  /** null: the book was zero. */
  percent: v.nullish(v.number()),
  /** null: nobody knows the cost. */
  value: v.nullish(v.number()),
  movedSince: v.optional(v.array(Moved)),
})

export const ReviewDecision = v.object({
  outcome: v.picklist(['APPLIED', 'SKIPPED']),
  counted: v.nullish(v.number()),
  variance: v.nullish(v.number()),
  editDelta: v.nullish(v.number()),
  reason: v.nullish(v.string()),
  note: v.nullish(v.string()),
  photoId: v.nullish(v.string()),
  by: v.string(),
  at: Millis,
  isStale: v.boolean(),
  isPosted: v.boolean(),
  /** After approval: with corrections and late evidence. */
  approvedTotal: v.nullish(v.number()),
})

export const ReviewRow = v.object({
  productId: v.string(),
  productName: v.nullish(v.string()),
  identifier: v.nullish(v.string()),
  abcClass: v.nullish(v.string()),
  isRequested: v.boolean(),
  bookNow: v.optional(v.number()),
  unitCost: v.nullish(v.number()),
  rounds: v.array(ReviewRound),
  /** Worth more than the money limit: booked with a reason and a picture only. */
  wantsPhoto: v.optional(v.boolean()),
  state: v.picklist(LADDER_STATES),
  why: v.nullish(v.picklist(LADDER_REASONS)),
  recount: v.nullish(
    v.object({
      round: CountOf,
      sessionId: v.string(),
      by: v.string(),
      at: Millis,
      reason: v.string(),
    }),
  ),
  decision: v.nullish(ReviewDecision),
})
export type ReviewRow = v.InferOutput<typeof ReviewRow>

export const ReviewPage = v.object({
  /** Of the whole review when the page was read. */
  revision: v.number(),
  rows: v.array(ReviewRow),
  /** Ask for the next page after this. */
  next: v.string(),
  more: v.boolean(),
})

/** By whom, when and why. */
const Said = v.object({ by: v.string(), at: Millis, reason: v.nullish(v.string()) })

const ReviewSession = v.object({
  sessionId: v.string(),
  name: v.string(),
  area: v.nullish(v.string()),
  statusId: v.picklist(Object.values(SESSION_STATUS_IDS)),
  createdBy: v.nullish(v.string()),
  recountRound: v.nullish(CountOf),
  /** Who discarded it, when and why; absent where it is not discarded, or nobody wrote it down. */
  voided: v.nullish(Said),
})

const Unsent = v.object({
  sessionId: v.string(),
  sessionName: v.string(),
  deviceId: v.string(),
  /** As people call it. */
  deviceName: v.nullish(v.string()),
  userId: v.string(),
  unsentScans: CountOf,
  lastHeardAt: Millis,
  /** Names it when it is waived. */
  subject: v.string(),
  waiver: v.nullish(v.object({ reason: v.string(), by: v.string(), at: Millis })),
})

export const ReviewSummary = v.object({
  revision: v.number(),
  /** Products under review: a load is complete when it has as many rows under one revision. */
  total: CountOf,
  /**
   * Ask for a page after each of these, `pageSize` long: together they are all products, in any order or at once.
   * Said until where, a page is read several times as fast.
   */
  cuts: v.array(v.string()),
  pageSize: CountOf,
  workEffortId: v.string(),
  name: v.string(),
  statusId: v.string(),
  facilityId: v.nullish(v.string()),
  isBlind: v.boolean(),
  startedAt: v.nullish(Millis),
  /** Who approved it, or closed it without an approval, and when. */
  closed: v.nullish(v.object({ at: Millis, by: v.string() })),
  currency: v.nullish(v.string()),
  /** Who had a hand in it: sign-in name to full name. */
  names: v.optional(v.record(v.string(), v.string()), {}),
  sessions: v.array(ReviewSession),
  unsent: v.array(Unsent),
  unmatched: v.object({
    rows: CountOf,
    units: v.number(),
    waived: v.nullish(v.number()),
    waiver: v.nullish(Said),
  }),
  dropped: DroppedBarcodes,
  serverTime: Millis,
})

const Seen = v.object({ counted: v.nullable(Quantity), variance: v.nullable(Quantity) })
export const PostDecisions = v.object({
  requestId: Id,
  decisions: v.array(
    v.object({
      productId: Id,
      action: v.picklist(DECISION_ACTIONS),
      quantity: v.nullish(Quantity),
      reason: v.nullish(Text),
      note: v.nullish(Text),
      /** A picture of the product that was sent before. */
      photoId: v.nullish(Text),
      /** What the decider saw. */
      seen: v.optional(Seen),
    }),
  ),
})
const Verdicts = v.array(
  v.object({
    productId: v.string(),
    verdict: v.picklist(['taken', 'same', 'refused']),
    code: v.nullish(v.picklist(DECISION_REFUSALS)),
    message: v.nullish(v.string()),
  }),
)
export const DecisionsAnswer = v.object({ revision: v.number(), verdicts: Verdicts })

export const PhotoAnswer = v.object({ photoId: v.string() })

export const PostRecounts = v.object({
  requestId: Id,
  productIds: v.array(Id),
  reason: Reason,
  /** Of several requests that are one to a person: they fill the same sessions. */
  bulkId: v.optional(v.pipe(Id, v.maxLength(100))),
  /** Takes recounts that have not begun back. */
  isCancel: v.optional(v.boolean(), false),
})
export const RecountsAnswer = v.object({
  revision: v.number(),
  verdicts: Verdicts,
  sessions: v.array(v.object({ sessionId: v.string(), name: v.string(), products: CountOf })),
})

export const PostWaiver = v.object({ subject: Id, reason: Reason })
export const ReviewChanged = v.object({ revision: v.number() })

export const PostSessionAction = v.object({
  sessionId: Id,
  /** `undo-reopen`: submitted again, as long as nobody has gone on in it. */
  action: v.picklist(['reopen', 'undo-reopen', 'void', 'restore']),
  reason: Reason,
})
export const PostReopen = v.object({ reason: Reason })

export const PostApprove = v.object({
  requestId: Id,
  /** Of the rows that were loaded: anything newer refuses the approval. */
  revision: v.number(),
  note: v.nullish(Text),
})
export const ApproveAnswer = v.object({
  revision: v.number(),
  posted: CountOf,
  skipped: CountOf,
  /** Of all variances together; absent for those who may not see the book. */
  units: v.nullish(v.number()),
  value: v.nullish(v.number()),
})

export const PostCorrection = v.object({
  requestId: Id,
  productId: Id,
  /** The right total. */
  quantity: Quantity,
  reason: Reason,
})
export const CorrectionAnswer = v.object({
  revision: v.number(),
  approvedTotal: v.number(),
  delta: v.number(),
})

export const LateRow = v.object({
  sessionId: v.string(),
  sessionName: v.string(),
  rowKey: v.string(),
  rev: v.number(),
  productId: v.nullish(v.string()),
  productName: v.nullish(v.string()),
  identifier: v.nullish(v.string()),
  quantity: v.nullish(v.number()),
  /** What accepting it adds. */
  delta: v.number(),
  /** Why it may only be refused. */
  obstacle: v.nullish(v.picklist(['no-product', 'other-round'])),
  userId: v.string(),
  deviceId: v.nullish(v.string()),
  receivedAt: Millis,
})
export const LateRows = v.object({
  rows: v.array(LateRow),
  /** All that wait, on every page. */
  total: CountOf,
  /** What to ask with for the next page; absent: this was the last. */
  next: v.nullish(v.object({ afterSession: v.string(), afterRow: v.string() })),
})
export const PostLate = v.object({
  sessionId: Id,
  rowKey: Id,
  rev: v.number(),
  verdict: v.picklist(['accepted', 'refused']),
  reason: Reason,
})

export const ProductTrail = v.object({
  sessions: v.array(
    v.object({
      sessionId: v.string(),
      sessionName: v.string(),
      recountRound: v.nullish(CountOf),
      countedBy: v.nullish(v.string()),
      deviceId: v.nullish(v.string()),
      deviceName: v.nullish(v.string()),
      logId: v.nullish(v.string()),
      identifier: v.nullish(v.string()),
      quantity: v.nullish(v.number()),
      lastScanAt: v.nullish(Millis),
      /** The scans it is made of, oldest first; at most as many as `scansMore` does not speak of. */
      scans: v.array(
        v.object({
          eventId: v.string(),
          kind: v.string(),
          quantity: v.number(),
          raw: v.string(),
          at: Millis,
          source: v.string(),
          /** Why it was taken back, where a person was asked. */
          reason: v.nullish(v.string()),
        }),
      ),
      scansMore: v.boolean(),
    }),
  ),
  movements: v.array(
    v.object({
      at: Millis,
      quantity: v.number(),
      kind: v.picklist(MOVEMENT_KINDS),
      reference: v.nullish(v.string()),
    }),
  ),
  audit: v.array(
    v.object({
      at: Millis,
      by: v.string(),
      action: v.string(),
      reason: v.nullish(v.string()),
      details: v.record(v.string(), v.unknown()),
    }),
  ),
})
