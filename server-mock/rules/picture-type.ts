// What kind of picture some bytes are, by their beginning; what the sender calls them is not asked.

export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp'

const STARTS: readonly (readonly [PictureType, offset: number, bytes: readonly number[]])[] = [
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  // RIFF, four bytes of length, WEBP
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
]

/** null: no picture that a browser shows without running anything. Rule: docs/SPEC.md RV36 */
export function pictureTypeOf(bytes: Uint8Array): PictureType | null {
  const found = STARTS.find(([, offset, start]) =>
    start.every((byte, place) => bytes[offset + place] === byte),
  )
  return found?.[0] ?? null
}
