// A picture from the camera made small enough to be sent: fewer pixels, then less quality; where it was taken is left out with the rest.
import { PHOTO_BYTES_MAX } from '../domain/review'

/** Enough to read a label. */
const EDGE_MAX = 1600
/** From good to just readable. */
const QUALITIES = [0.8, 0.6, 0.4, 0.2] as const

export interface Size {
  readonly width: number
  readonly height: number
}

/** The same shape, no edge longer than the limit. Rule: docs/SPEC.md RV37 */
export function scaledSize({ width, height }: Size): Size {
  const factor = Math.min(1, EDGE_MAX / Math.max(width, height))
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  }
}

/** The best quality that keeps within the limit; null when none does. Rule: docs/SPEC.md RV37 */
export async function encodeWithin(
  encode: (quality: number) => Promise<Blob | null>,
): Promise<Blob | null> {
  for (const quality of QUALITIES) {
    const blob = await encode(quality)
    if (blob !== null && blob.size <= PHOTO_BYTES_MAX) return blob
  }
  return null
}

/** Why there is no picture to send. */
export type PhotoProblem = 'no-picture' | 'too-large'

/** @returns a JPEG within the limit */
export async function scalePhoto(file: Blob): Promise<Blob | PhotoProblem> {
  const bitmap = await decodePicture(file)
  if (bitmap === 'no-picture') return bitmap
  const canvas = document.createElement('canvas')
  Object.assign(canvas, scaledSize(bitmap))
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  const small = await encodeWithin(
    (quality) =>
      new Promise((resolve) => {
        canvas.toBlob(resolve, 'image/jpeg', quality)
      }),
  )
  return small ?? 'too-large'
}

async function decodePicture(file: Blob): Promise<ImageBitmap | 'no-picture'> {
  try {
    return await createImageBitmap(file)
  } catch {
    // Whatever is wrong with it, it cannot be shown: the person takes another one.
    return 'no-picture'
  }
}
