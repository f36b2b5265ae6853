// The start-up report as sentences: what happened, what is lost at most, what to do.
import type { ReportItem } from '../ports/scans-schema'
import { countOf, formatDay } from './format'
import { THIS_DEVICE, THIS_DEVICE_FIRST } from './this-device'

export interface ReportWords {
  readonly text: string
  /** Something may be missing: a person must act. */
  readonly isLoss: boolean
}

const LOOK_FOR_THEM = 'If they were saved to a file, take it over on the Sync page; else count those shelves again.'

/** Rule: SR5 */
export function reportWords(item: ReportItem, now: number, timeZone: string): ReportWords {
  const when = formatDay(item.at, now, timeZone)
  switch (item.kind) {
    case 'spill-drained':
      return { isLoss: false, text: `${countOf(item.scans, 'scan')} could not be saved the last time and ${item.scans === 1 ? 'is' : 'are'} saved now (${when}). Nothing to do.` }
    case 'rebuilt':
      return { isLoss: false, text: `The numbers${item.sessionName === '' ? '' : ` of ${item.sessionName}`} did not match the scans and were added up again (${when}): ${countOf(item.lines, 'line')} put right. No scan was lost.` }
    case 'not-remembered':
      return { isLoss: false, text: `The barcode ${item.value} is not remembered for ${item.productName} (${when}): ${item.words}. Your scans of it are counted as you matched them.` }
    case 'wiped':
      return { isLoss: true, text: `The storage of ${THIS_DEVICE} was cleared (noticed ${when}). Up to ${countOf(item.scans, 'scan')} of yours had not been sent. ${LOOK_FOR_THEM}` }
    case 'set-back':
      return {
        isLoss: item.scans > 0,
        text:
          item.scans > 0
            ? `${THIS_DEVICE_FIRST} was set back to an earlier state (noticed ${when}). Up to ${countOf(item.scans, 'scan')} of yours had not been sent. ${LOOK_FOR_THEM}`
            : `${THIS_DEVICE_FIRST} was set back to an earlier state (noticed ${when}). Everything since had been sent; the server still has it.`,
      }
  }
}
