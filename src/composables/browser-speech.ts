// The voice of the browser. Not every one has it, and some have it without a single voice.
import type { Speech } from '../ports/speech'

/** The app speaks English, whatever the device is set to: numbers are read in the language of the screen. */
const LANGUAGE = 'en'
/** A sentence that gave way to the next one was not refused. */
const GAVE_WAY: readonly string[] = ['canceled', 'interrupted']

/** @returns null where there is none */
export function createBrowserSpeech(): Speech | null {
  if (!('speechSynthesis' in window) || !('SpeechSynthesisUtterance' in window)) return null
  const { speechSynthesis } = window
  return {
    say(text, onOver) {
      speechSynthesis.cancel()
      const utterance = new SpeechSynthesisUtterance(text)
      utterance.lang = LANGUAGE
      utterance.addEventListener('error', ({ error }) => {
        if (!GAVE_WAY.includes(error)) onOver(false)
      })
      utterance.addEventListener('end', () => onOver(true))
      speechSynthesis.speak(utterance)
    },
    stop: () => speechSynthesis.cancel(),
  }
}
