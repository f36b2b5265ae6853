// Hand-over files of the simulator: the content as the product writes and reads it, without the bytes around it, which the
// platform packs and seals in real time. Those have tests of their own (HF11, HF12).
import * as v from 'valibot'
import { HandoverContent } from '../../src/contract/handover'
import { contentOf, HandoverError, handoverOf } from '../../src/files/handover-file'
import type { HandoverFile } from '../../src/files/handover-file'

/** A blob is read in real time. */
const texts = new WeakMap<Blob, string>()

export function createSimFile(): HandoverFile {
  return {
    write: (handover) => {
      const text = JSON.stringify(contentOf(handover))
      const file = new Blob([text])
      texts.set(file, text)
      return Promise.resolve(file)
    },
    read: (file) => {
      const text = texts.get(file)
      return text === undefined ? Promise.reject(new HandoverError('foreign')) : Promise.resolve(handoverOf(v.parse(HandoverContent, JSON.parse(text))))
    },
  }
}
