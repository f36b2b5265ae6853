import { describe, expect, it } from 'vitest'
import { listenForFaults, reportFaults } from '../../src/worker/faults'

/** The two ends of a worker, without one. */
function aWorker() {
  const scope = new EventTarget()
  const worker = new EventTarget()
  const faults: string[] = []
  const stop = listenForFaults(worker, (message) => faults.push(message))
  reportFaults(scope, (data) => worker.dispatchEvent(new MessageEvent('message', { data })))
  return { scope, worker, faults, stop }
}
const withField = (type: string, fields: object): Event => Object.assign(new Event(type), fields)

describe('faults of the sync worker', () => {
  it('[WK28] reach the page: rejections that nobody took, and errors', () => {
    const { scope, worker, faults } = aWorker()

    scope.dispatchEvent(withField('unhandledrejection', { reason: new Error('no disk') }))
    worker.dispatchEvent(withField('error', { message: 'Uncaught TypeError' }))
    worker.dispatchEvent(new Event('messageerror'))

    expect(faults).toEqual([
      'Error: no disk',
      'Uncaught TypeError',
      'A message of the sync worker could not be read',
    ])
  })

  it('[WK28] reach the page also when the worker could not even start', () => {
    const { worker, faults } = aWorker()

    worker.dispatchEvent(new Event('error'))

    expect(faults).toEqual(['The sync worker could not be started'])
  })

  it('[WK28] are told apart from answers, and end with the listening', () => {
    const { scope, worker, faults, stop } = aWorker()

    worker.dispatchEvent(new MessageEvent('message', { data: { id: '1', type: 'RAW' } }))
    stop()
    scope.dispatchEvent(withField('unhandledrejection', { reason: 'late' }))

    expect(faults).toEqual([])
  })
})
