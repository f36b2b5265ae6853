// What a hand-over file is, does and cannot do, in words with what to do next.
import type { HandoverProblem } from '../domain/handover'
import type { HandoverSummary } from '../worker/protocol'
import { countOf, formatDay, nameOf } from './format'
import { THIS_DEVICE } from './this-device'

const PROBLEMS: Readonly<Record<HandoverProblem, string>> = {
  foreign: 'This is not a file of saved scans. Choose one that ends in “.shelfcount”.',
  newer: 'This file was saved by a newer version of the app. Update the app here, then try again.',
  damaged: 'This file is damaged; nothing was taken from it. Copy it again from the other device, or save it there once more.',
  'too-large': 'This is more than a file can hold (200,000 scans). Send them over the network instead.',
  'needs-passphrase': 'This file is protected. Type the passphrase that it was saved with.',
  'wrong-passphrase': 'This is not the passphrase that the file was saved with. Nothing was taken.',
  insecure: 'Files need a secure address (https). Open the app there.',
  'other-server': 'These scans belong to another server. Sign in to that server to take them over.',
  'other-facility': 'These scans belong to a facility where you may not count. Somebody who counts there can take them over.',
}

export function handoverProblemWords(problem: HandoverProblem): string {
  return PROBLEMS[problem]
}

/** `Ana saved 12 scans of Dairy on iPad 2, today 16:40.` */
export function handoverWords(summary: HandoverSummary, now: number, timeZone: string): string {
  const where = summary.deviceName === '' ? '' : ` on “${summary.deviceName}”`
  const what = summary.sessionNames.length === 0 ? '' : ` of ${summary.sessionNames.join(', ')}`
  return `${nameOf(summary.userName)} saved ${countOf(summary.scans, 'scan')}${what}${where}, ${formatDay(summary.savedAt, now, timeZone)}.`
}

/** What is new in it for this device. */
export function noveltyWords({ newScans, scans, conflicts }: HandoverSummary): string {
  if (conflicts > 0)
    return 'Some of it cannot be taken over: other scans are here under the same number. Keep the file, and have the other device send them.'
  if (newScans <= 0) return `All of it is on ${THIS_DEVICE} already. Nothing is counted twice.`
  // The file holds whole logs: what had been sent before comes along.
  return newScans === scans ? '' : `${countOf(newScans, 'scan')} of its logs are new on ${THIS_DEVICE}; what the server has already is not counted again.`
}
