// What the power test needs of a browser engine, so that one test serves Chromium and WebKit.
import type { Tables } from '../support/device-database'

export const ENGINES = ['chromium', 'webkit'] as const
export type EngineName = (typeof ENGINES)[number]

export const DURABILITIES = ['strict', 'relaxed'] as const
/** `strict` is the app as it is; `relaxed` the same app behind a script that makes every transaction relaxed. */
export type Durability = (typeof DURABILITIES)[number]

export interface Place {
  readonly profileFolder: string
  readonly origin: string
}

export interface Life {
  /** Sign in, install, fetch the catalogue, open the session: what every later life finds. */
  readonly setUp: (sessionId: string) => Promise<void>
  readonly openSession: (sessionId: string) => Promise<void>
  /** Where the page is, what it says, and what it remembers beside the databases, in words. */
  readonly shown: () => Promise<string>
  /** One scan; what comes of it is told by `acknowledged`. */
  readonly scan: (barcode: string) => Promise<void>
  /** Every scan that this life has called durable: asked for, and answered, before the power goes. */
  readonly acknowledged: () => Promise<readonly string[]>
  /** What is stored, asked for behind the app's back. */
  readonly dump: (prefix: string, tables?: readonly string[]) => Promise<Tables>
  /** The scans database as it is found, from a page of the same origin on which the app does not run. */
  readonly dumpWithoutApp: (address: string) => Promise<Tables>
  readonly untilSynced: (scans: number) => Promise<void>
  readonly kill: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Engine {
  readonly name: EngineName
  /** What is missing on this machine, in words; null when all is there. */
  readonly missing: () => string | null
  readonly start: (place: Place) => Promise<Life>
}

/** Runs in the page. */
export function shownHere(): string {
  return `${location.pathname}: ${document.body.innerText.replaceAll(/\s+/g, ' ').slice(0, 500)} (remembers ${Object.keys(localStorage).join(', ') || 'nothing'})`
}
