// Pictures for the documents, a third of what the browser writes: the 256 commonest colours of a screen, and the nearest of them for edges of letters.
import { crc32, deflateSync } from 'node:zlib'
import type { Page } from '@playwright/test'

const COLOURS = 256

interface Pixels {
  readonly width: number
  readonly height: number
  /** Four bytes each; screens have nothing to see through. */
  readonly rgba: Uint8Array
}

/** @param page decodes it: a browser knows how */
export async function smallPng(page: Page, png: Buffer): Promise<Buffer> {
  return encode(await decode(page, png))
}

async function decode(page: Page, png: Buffer): Promise<Pixels> {
  const { width, height, text } = await page.evaluate(async (source) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(source), (it) => it.charCodeAt(0))]))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('No canvas')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    let bytes = ''
    const STEP = 32_768
    for (let from = 0; from < data.length; from += STEP) bytes += String.fromCharCode(...data.subarray(from, from + STEP))
    return { width: bitmap.width, height: bitmap.height, text: btoa(bytes) }
  }, png.toString('base64'))
  return { width, height, rgba: new Uint8Array(Buffer.from(text, 'base64')) }
}

const colourAt = (rgba: Uint8Array, at: number): number => ((rgba[at] ?? 0) << 16) | ((rgba[at + 1] ?? 0) << 8) | (rgba[at + 2] ?? 0)

function encode({ width, height, rgba }: Pixels): Buffer {
  const times = new Map<number, number>()
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = colourAt(rgba, at)
    times.set(colour, (times.get(colour) ?? 0) + 1)
  }
  const palette = [...times].toSorted(([, a], [, b]) => b - a).slice(0, COLOURS).map(([colour]) => colour)
  const indexes = new Map([...times.keys()].map((colour) => [colour, nearest(palette, colour)]))
  const lines = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = indexes.get(colourAt(rgba, 4 * (y * width + x))) ?? 0
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // Eight bits, by palette.
  head.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap((it) => [it >> 16, (it >> 8) & 255, it & 255]))
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

function nearest(palette: readonly number[], colour: number): number {
  let [best, least] = [0, Infinity]
  for (const [index, it] of palette.entries()) {
    const off = ((it >> 16) - (colour >> 16)) ** 2 + (((it >> 8) & 255) - ((colour >> 8) & 255)) ** 2 + ((it & 255) - (colour & 255)) ** 2
    if (off < least) [best, least] = [index, off]
  }
  return best
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([size, named, sum])
}
