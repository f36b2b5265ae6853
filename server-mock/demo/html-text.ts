// Product names as people wrote them: catalogues that went through a web page have HTML entities in their texts.

/** What occurs in names; a name that is not here is no entity to us and stays as it is. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['nbsp', ' '],
  ['deg', '°'],
])

/** By number, with or without its semicolon, or by name. */
const ENTITY = /&#(?<code>[0-9]{1,7});?|&(?<name>[a-z]{2,6});/g
/** Cut off at the end of a text that was too long; a lone `&` may be meant. */
const CUT_OFF = /&(?:#|qu?|quot?|ap|apo|apos|am|amp|nb|nbs|nbsp|deg?)$/

/** Decodes once: what comes out is not decoded again. Never throws; what stands for no character is left out. */
export function textOfHtml(html: string): string {
  return html
    .replace(CUT_OFF, '')
    .replace(ENTITY, (entity: string, code: string | undefined, name: string | undefined) =>
      code === undefined ? (NAMED.get(name ?? '') ?? entity) : characterOf(Number(code)),
    )
}

/** Empty for controls and for numbers that are no character: a database refuses some of them. */
function characterOf(code: number): string {
  const isControl = code < 32 || (code >= 127 && code < 160)
  const isSurrogate = code >= 0xd800 && code <= 0xdfff
  return isControl || isSurrogate || code > 0x10ffff ? '' : String.fromCodePoint(code)
}
