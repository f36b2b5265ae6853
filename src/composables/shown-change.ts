// One change as a list of changes shows it: what, by whom, when, and why where a person said so.

export interface ShownChange {
  /** In a sentence. */
  readonly what: string
  readonly by: string
  readonly at: number
  /** As the person wrote it. */
  readonly why?: string
}
