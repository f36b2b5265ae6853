// What each physical key types on a US keyboard: scanners come from the factory speaking it, whatever the tablet speaks.

/** Key code → character without and with Shift (https://www.w3.org/TR/uievents-code/#key-alphanumeric-section). */
const US_KEYS: ReadonlyMap<string, readonly [plain: string, shifted: string]> = new Map([
  ['Space', [' ', ' ']],
  ...pairs('Backquote Minus Equal BracketLeft BracketRight Backslash', '`~ -_ =+ [{ ]} \\|'),
  ...pairs('Semicolon Quote Comma Period Slash', ';: \'" ,< .> /?'),
  ...pairs('Digit1 Digit2 Digit3 Digit4 Digit5', '1! 2@ 3# 4$ 5%'),
  ...pairs('Digit6 Digit7 Digit8 Digit9 Digit0', '6^ 7& 8* 9( 0)'),
  ...pairs('NumpadAdd NumpadSubtract NumpadMultiply NumpadDivide NumpadDecimal', '++ -- ** // ..'),
  ...Array.from('0123456789', (it) => entry(`Numpad${it}`, it, it)),
  ...Array.from('abcdefghijklmnopqrstuvwxyz', (it) =>
    entry(`Key${it.toUpperCase()}`, it, it.toUpperCase()),
  ),
])

/** The character of a physical key on a US keyboard; null when there is no such key on one. Caps Lock plays no part. */
export function usCharOf(code: string, isShifted: boolean): string | null {
  return US_KEYS.get(code)?.[isShifted ? 1 : 0] ?? null
}

/** Codes and their two characters, both in a line of words. */
function pairs(
  codes: string,
  characters: string,
): (readonly [string, readonly [string, string]])[] {
  const both = characters.split(' ')
  return codes.split(' ').map((code, at) => entry(code, both[at]?.[0] ?? '', both[at]?.[1] ?? ''))
}

function entry(
  code: string,
  plain: string,
  shifted: string,
): readonly [string, readonly [string, string]] {
  return [code, [plain, shifted]]
}
