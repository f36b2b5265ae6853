// Un-sent scans to a file and back, for the account at work: bytes at the edge, the exactly-once work in sync/.
import { handoverFileName } from '../domain/handover'
import type { Handover, HandoverProblem } from '../domain/handover'
import { HandoverError } from '../files/handover-file'
import { collectUnsent } from '../sync/give-scans'
import { lookAtHandover, takeOverScans } from '../sync/take-over-scans'
import type { TakenOver } from '../sync/take-over-scans'
import type { Account, World } from './account'
import type { HandoverSummary, SyncWorkerApi } from './protocol'

type HandOverCalls = Pick<SyncWorkerApi, 'saveScans' | 'lookIntoFile' | 'takeOverScans'>

export function createHandOverCalls(world: World, current: () => Promise<Account>): HandOverCalls {
  /** @throws {HandoverError} also for a file of another server or facility: nothing of it is taken */
  async function read(account: Account, file: Blob, passphrase: string | null): Promise<Handover> {
    const handover = await world.handoverFile.read(file, passphrase)
    if (handover.serverOrigin !== account.config.serverOrigin) throw new HandoverError('other-server')
    const mine = new Set(account.profile().facilities.map((it) => it.facilityId))
    if (handover.sessions.some((it) => !mine.has(it.cycleCount.facilityId))) throw new HandoverError('other-facility')
    return handover
  }

  return {
    saveScans: (passphrase) =>
      orProblem(async () => {
        const { deps, config } = await current()
        const handover = await collectUnsent(deps, config.serverOrigin)
        if (handover === 'nothing') return { ok: true, saved: null }
        if (handover === 'too-large') throw new HandoverError('too-large')
        const file = await world.handoverFile.write(handover, passphrase)
        deps.log.write('info', 'scans-saved', { scans: handover.scans, bytes: file.size, isEncrypted: passphrase !== null })
        const { scans, lines } = handover
        return { ok: true, saved: { file, name: handoverFileName(handover), scans, lines } }
      }),
    lookIntoFile: (file, passphrase) =>
      orProblem(async () => {
        const account = await current()
        const handover = await read(account, file, passphrase)
        return { ok: true, summary: summaryOf(handover, await lookAtHandover(account.deps, handover)) }
      }),
    takeOverScans: (file, passphrase) =>
      orProblem(async () => {
        const account = await current()
        const handover = await read(account, file, passphrase)
        const taken = await takeOverScans(account.deps, handover)
        // Folded already: sends them, and the sync page hears of it.
        void account.scheduler.scanned()
        return { ok: true, summary: summaryOf(handover, taken) }
      }),
  }
}

function summaryOf(handover: Handover, { newScans, conflicts }: TakenOver): HandoverSummary {
  const { userName, deviceName, savedAt, scans } = handover
  return {
    userName,
    deviceName,
    savedAt,
    scans,
    newScans,
    conflicts,
    sessionNames: handover.sessions.map((it) => it.session.name),
  }
}

async function orProblem<T>(work: () => Promise<T>): Promise<T | { readonly ok: false; readonly problem: HandoverProblem }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HandoverError) return { ok: false, problem: error.problem }
    throw error
  }
}
