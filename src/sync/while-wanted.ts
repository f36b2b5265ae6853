// Letting go of work that was aborted and does not hear of it.

/**
 * An aborted run that hangs in a dead storage would keep the lock of all windows for ever: it is let go. What it still
 * does is done twice at worst (I15, I20).
 */
export function whileWanted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
