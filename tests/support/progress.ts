// How far a long run of a command is, in words.
import { setInterval, clearInterval } from 'node:timers'

const EVERY_MS = 10_000

/** @param done of `all`, in so many seconds */
export function timeLeft(seconds: number, done: number, all: number): string {
  const left = done === 0 ? 0 : (seconds / done) * (all - done)
  return left < 120 ? `${left.toFixed(0)} s` : `${(left / 60).toFixed(0)} min`
}

/**
 * Says every ten seconds how far a run of so many seconds is.
 * @param more what else there is to say, asked for each time
 * @returns ends it
 */
export function tellProgress(seconds: number, more: () => string, say: (text: string) => void = console.log): () => void {
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const done = Math.min(seconds, (performance.now() - startedAt) / 1000)
    say(`${done.toFixed(0)} of ${seconds} s, ${more()}, ${timeLeft(done, done, seconds)} left, and then what is under way`)
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
