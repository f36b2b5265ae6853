// A voice, as the app uses it: one sentence at a time.

export interface Speech {
  /**
   * Says it, instead of whatever is being said.
   * @param onOver told whether it could be heard; not told of a sentence that gave way to the next
   */
  readonly say: (text: string, onOver: (isHeard: boolean) => void) => void
  readonly stop: () => void
}
