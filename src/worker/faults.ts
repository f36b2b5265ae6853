// A sync worker that fails where nobody waits for an answer: the page hears of it, whatever it was.
type Scope = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

/** In the worker: rejections that nobody took. Errors thrown outside of promises reach the page by themselves. */
export function reportFaults(scope: Scope, post: (message: unknown) => void): void {
  scope.addEventListener('unhandledrejection', (event) => {
    post({ fault: 'reason' in event ? String(event.reason) : 'A promise was rejected' })
  })
}

/**
 * On the page: rejections that the worker reports, errors that end a task of it, and a worker that could not even
 * start, such as a script that is not there any more; then its calls are never answered.
 *
 * @returns how to stop listening
 */
export function listenForFaults(worker: Scope, onFault: (message: string) => void): () => void {
  const onError = (event: Event): void => {
    const hasWords = 'message' in event && typeof event.message === 'string' && event.message !== ''
    onFault(hasWords ? String(event.message) : 'The sync worker could not be started')
  }
  const onUnreadable = (): void => onFault('A message of the sync worker could not be read')
  const onMessage = (event: Event): void => {
    const fault = 'data' in event ? readFault(event.data) : null
    if (fault !== null) onFault(fault)
  }
  worker.addEventListener('error', onError)
  worker.addEventListener('messageerror', onUnreadable)
  worker.addEventListener('message', onMessage)
  return () => {
    worker.removeEventListener('error', onError)
    worker.removeEventListener('messageerror', onUnreadable)
    worker.removeEventListener('message', onMessage)
  }
}

function readFault(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('fault' in data)) return null
  return typeof data.fault === 'string' ? data.fault : null
}
