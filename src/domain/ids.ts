// Branded identifiers: a ProductId where a SessionId is wanted does not compile.

declare const brand: unique symbol

/** A string that only the boundary which made or read it may create. */
type Id<Name extends string> = string & { readonly [brand]: Name }

/** A planned count of a facility (Moqui: workEffortId). */
export type CycleCountId = Id<'CycleCountId'>
/** One associate's part of a cycle count (Moqui: inventoryCountImportId). */
export type SessionId = Id<'SessionId'>
export type ProductId = Id<'ProductId'>
export type FacilityId = Id<'FacilityId'>
/** Install identity, kept in the same database as the events; a wiped device gets a new one. */
export type DeviceId = Id<'DeviceId'>
/** One writer incarnation: one page life and session. Never continued by another boot or tab. */
export type LogId = Id<'LogId'>
/** UUIDv7 of one scan event; unique for ever, also over spills and retries. */
export type EventId = Id<'EventId'>
/** UUIDv5 of (session, log, itemKey): the identity of a count record. */
export type RowUuid = Id<'RowUuid'>
/** What a scan stands for before anybody knows the product: `gtin:<14 digits>`, `raw:<text>` or `product:<id>`. */
export type ItemKey = Id<'ItemKey'>
/** A line on screen: the productId, or the itemKey while there is none. */
export type LineKey = Id<'LineKey'>
/** Sign-in name. */
export type UserName = Id<'UserName'>

/** Brand a raw string. Call only in decoders, stores, domain constructors and tests. */
export const asId = <T extends Id<string>>(raw: string): T => raw as T

/** Milliseconds since the Unix epoch, UTC. */
export type EpochMs = number
