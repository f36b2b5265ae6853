// What kind of thing a scanned value is: the one place where barcode formats are told apart.
import { gtin14Of, gtin14OfUpcE, looksLikeGtin } from './gtin'

/** `text` is the value without surrounding white space. Later formats are new kinds: no reader compiles until it knows them. */
export type BarcodeReading =
  /** Check digit right. `upcE`: what the eight digits would also stand for as a UPC-E. */
  | { readonly kind: 'gtin'; readonly gtin14: string; readonly upcE: string | null }
  /** Eight digits that are wrong as an EAN-8 and right as a UPC-E. */
  | { readonly kind: 'upc-e'; readonly text: string; readonly gtin14: string }
  /** Digits of a GTIN's length whose last one is wrong. */
  | { readonly kind: 'bad-check-digit'; readonly text: string }
  /** GS1 element string by its symbology identifier. Counted as text until its elements are read. */
  | { readonly kind: 'gs1'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }

/** Symbology identifiers that promise element strings: GS1-128, DataMatrix, QR, DataBar, DotCode. */
const GS1_SYMBOLOGIES: readonly string[] = ['C1', 'd2', 'Q3', 'e0', 'J1']

/**
 * Tell the formats apart. Never throws: what is nothing else is text.
 * @param symbology AIM identifier without the bracket (`E0`, `C1`), or null when the scanner sends none
 */
export function readBarcode(raw: string, symbology: string | null): BarcodeReading {
  const text = raw.trim()
  if (symbology !== null && GS1_SYMBOLOGIES.includes(symbology)) return { kind: 'gs1', text }
  if (!looksLikeGtin(text)) return { kind: 'text', text }
  const gtin14 = gtin14Of(text)
  const upcE = gtin14OfUpcE(text)
  if (gtin14 !== null) return { kind: 'gtin', gtin14, upcE }
  if (upcE !== null) return { kind: 'upc-e', text, gtin14: upcE }
  return /^0+$/.test(text) ? { kind: 'text', text } : { kind: 'bad-check-digit', text }
}
