// Child processes that must not outlive this one, however it ends short of kill -9.
import type { ChildProcess } from 'node:child_process'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Kill the child when this process ends. @param hasOwnGroup kill its whole process group */
export function endWithThisProcess(child: ChildProcess, hasOwnGroup: boolean): void {
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      process.kill(hasOwnGroup ? -child.pid : child.pid, 'SIGKILL')
    } catch (problem) {
      // Ended between the question and the shot.
      if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem
    }
  }
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

/** For programs of our own: a signal ends them by way of `exit`, so that the children go, too. */
export function exitOnSignals(): void {
  for (const signal of SIGNALS) process.once(signal, () => process.exit(1))
}
