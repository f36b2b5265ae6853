// The only globals of the platform that the core may name: cancelling, which is language by now in all but the lib files.
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted: () => void
  addEventListener: (type: 'abort', listener: () => void, options?: { once?: boolean }) => void
  removeEventListener: (type: 'abort', listener: () => void) => void
}
declare class AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
