// Failures of the server cross to the page as data; bugs stay exceptions.
import { RemoteError, wordsOf } from '../domain/errors'
import type { Failure, Outcome } from './protocol'

export async function outcomeOf<T extends object>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, ...(await work()) }
  } catch (error) {
    if (error instanceof RemoteError) return failureOf(error)
    throw error
  }
}

function failureOf(error: RemoteError): Failure {
  const { holder, retryAfterMs } = error.details
  return {
    ok: false,
    reason: error.reason,
    message: wordsOf(error),
    ...(holder === undefined ? {} : { holder }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}
