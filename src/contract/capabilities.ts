// GET capabilities (anonymous). 404: a plain Moqui/HotWax server, the base profile.
import * as v from 'valibot'
import { Millis } from './envelope'

export const Capabilities = v.object({
  protocol: v.object({ min: v.number(), max: v.number() }),
  demoUsers: v.optional(v.array(v.string())),
  gzip: v.boolean(),
  feed: v.boolean(),
  events: v.boolean(),
  fencing: v.boolean(),
  documents: v.boolean(),
  adjustments: v.boolean(),
  serverTime: Millis,
  /** Server dataset incarnation: changes on a restore from backup. */
  epoch: v.string(),
})
export type Capabilities = v.InferOutput<typeof Capabilities>
