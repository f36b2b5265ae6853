// Which versions of our additions the server takes (sync design 2.14).

export interface ProtocolRange {
  readonly min: number
  readonly max: number
}

/** A request that names no version comes from a client without our additions. Rules: docs/SPEC.md SC26. */
export function isSpoken(protocol: number | undefined, { min, max }: ProtocolRange): boolean {
  return protocol === undefined || (min <= protocol && protocol <= max)
}
