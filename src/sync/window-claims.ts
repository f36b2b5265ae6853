// Which window of this device counts in a session: one at a time, over all windows (decision 16).
export interface WindowClaim {
  readonly release: () => void
}

export interface WindowClaims {
  /**
   * Claim `name` for this window until released or until the window closes.
   *
   * @param steal take it from another window, which then hears `onLost`
   * @returns null when another window has it
   */
  claim: (
    name: string,
    options: { readonly steal: boolean; readonly onLost: () => void },
  ) => Promise<WindowClaim | null>
}
