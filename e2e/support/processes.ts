// Processes of a browser that was started by us: its tree, and an end that gives nothing a chance to write.
import type { ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const GONE_WITHIN_MS = 10_000
const GONE_LOOK_MS = 20

/**
 * SIGKILL for a child with a process group of its own, and for all below it. Resolves when all of them are gone: the next
 * browser must not open files that a dying one still holds.
 */
export async function killTree(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) throw new Error('The process was never started')
  // Helpers may have left the group: the tree is read first, then everything dies in one go.
  const family = process.platform === 'linux' ? descendantsOf(pid) : []
  for (const victim of [-pid, pid, ...family]) killQuietly(victim)
  await untilGone(child)
  for (const orphan of family) killQuietly(orphan)
  for (const endsAt = performance.now() + GONE_WITHIN_MS; family.some(isAlive); await sleep(GONE_LOOK_MS))
    if (performance.now() > endsAt) throw new Error(`Processes of ${pid} live on after SIGKILL`)
}

/** A process that nobody has collected yet holds nothing any more. */
function isAlive(pid: number): boolean {
  const state = statOf(String(pid))?.[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (problem) {
    // Gone already is what we wanted.
    if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem
  }
}

/** All processes below `root`, from /proc: Linux only. */
export function descendantsOf(root: number): readonly number[] {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(name)
    if (parent === undefined) continue
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  for (let next: number[] = [root]; next.length > 0; ) {
    next = next.flatMap((pid) => childrenOf.get(pid) ?? [])
    found.push(...next)
  }
  return found
}

function parentOf(pid: string): number | undefined {
  const ppid = statOf(pid)?.[1]
  return ppid === undefined ? undefined : Number(ppid)
}

/** State, parent and more; undefined for a process that is gone. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    // `pid (name) state ppid …`: the name may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    // The process ended between the listing and the reading.
    return undefined
  }
}

/** Whether a process runs pages of a Chromium. */
export function isRenderer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')
  } catch {
    // Ended meanwhile.
    return false
  }
}

/** @throws Error when the child lives on for ten seconds */
export async function untilGone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await Promise.race([
    gone,
    sleep(GONE_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error('The browser does not end')
    }),
  ])
}
