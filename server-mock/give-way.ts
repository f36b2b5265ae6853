// A pause between pieces of long work: PGlite has one connection in this process's one thread.
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough for a call that waits to be answered, short enough that two hundred of them are no wait of their own. */
const PAUSE_MS = 25

/** Everybody who waits has their turn before the next piece of work begins. */
export async function giveWay(): Promise<void> {
  await sleep(PAUSE_MS)
}
