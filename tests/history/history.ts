// What clients did and what they were told, in the order in which it happened: the record that is checked afterwards.

/** Rows of a session as a client read them, all pages of one reading. */
export interface SeenRow {
  readonly uuid: string
  readonly key: string
  readonly quantity: number
  readonly rev: number
}

export type Operation =
  /** Acknowledged by the device: from then on it must be counted, once. */
  | { readonly op: 'scan'; readonly session: string; readonly key: string }
  | { readonly op: 'undo'; readonly session: string; readonly key: string }
  /** A grant or an extension: `fence` and `holder` as the server answered, on `ok`. */
  | {
      readonly op: 'lock'
      readonly session: string
      readonly fence?: number
      readonly holder?: string
    }
  /** Revisions that the server acknowledged, on `ok`. */
  | {
      readonly op: 'push'
      readonly session: string
      readonly acked?: readonly { readonly uuid: string; readonly rev: number }[]
    }
  /** On `ok` the device was told that the session is handed in. */
  | { readonly op: 'submit'; readonly session: string }
  /** Reads may be answered by pages of different moments: never by older ones. */
  | { readonly op: 'read'; readonly session: string; readonly rows?: readonly SeenRow[] }

/** `unknown`: no answer came; it may have happened, or may happen yet. */
export type Kind = 'invoke' | 'ok' | 'fail' | 'unknown'

export type Entry = Operation & {
  readonly process: string
  /** The same for an invocation and its outcome. */
  readonly id: number
  readonly kind: Kind
}

export interface History {
  readonly entries: readonly Entry[]
  /** @returns how to tell the outcome, once */
  invoke(
    process: string,
    operation: Operation,
  ): (kind: Exclude<Kind, 'invoke'>, outcome?: Operation) => void
}

export function createHistory(): History {
  const entries: Entry[] = []
  let last = 0
  return {
    entries,
    invoke(process, operation) {
      const id = (last += 1)
      entries.push({ ...operation, process, id, kind: 'invoke' })
      return (kind, outcome = operation) => void entries.push({ ...outcome, process, id, kind })
    },
  }
}
