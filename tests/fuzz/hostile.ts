// What nobody in good faith sends: values, JSON texts, bodies, queries, paths and headers, as fast-check arbitraries.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'

const PROTOTYPE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
]
const STRINGS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00y',
  '😀',
  '👩‍👩‍👧‍👦',
  'e\u0301',
  '\u202Egnp.exe',
  'مرحبا',
  '\u2028',
  '\ufeff',
  '\r\nSet-Cookie: a=b',
  "' or 1=1 --",
  '"; drop table session_item; --',
  '$1',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '%',
  '_',
  '\\',
  '%\\',
  '${7*7}',
  '../../etc/passwd',
  'NaN',
  'Infinity',
  '-1',
  '1.5',
  '0x10',
  '1e400',
  '9'.repeat(400),
  'null',
  'true',
  '[]',
  '{}',
  '2026-02-31',
  '0000-01-01 00:00:00',
  '9999-12-31 23:59:59.999',
  '+05:30',
  'Etc/GMT+25',
  ...PROTOTYPE_KEYS,
  'constructor:x',
  '__proto__:*',
  'toString:(a OR b)',
  '((((((((((((',
  '"',
  '*:*',
  '-',
  'a:',
  'a AND',
  '\\',
  'x'.repeat(256),
  'x'.repeat(10_000),
  '𝒳'.repeat(3000),
]

export const hostileString: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...STRINGS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
)

const NUMBER_TEXTS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '0.0000001',
  '1e15',
  '1e16',
  '2147483648',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740991',
  '1e300',
  '-1e300',
  '5e-324',
  '1e999',
  '-1e999',
  '123456789012345678901234567890',
]
/** Not JSON, or JSON that parsers like to stumble over. */
const ODD_TEXTS = [
  'NaN',
  'Infinity',
  'undefined',
  "'x'",
  '01',
  '+1',
  '0x10',
  '.5',
  '[1,]',
  '{"a":1,}',
  '{a:1}',
  '"\u0001"',
  '"\\ud800"',
  '"\\u0000"',
  '""x',
  '',
  '//',
  '{"a":1,"a":2}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '[]',
  '{}',
  'null',
  'true',
  '['.repeat(5000) + ']'.repeat(5000),
  '{"a":'.repeat(5000) + '1' + '}'.repeat(5000),
  '['.repeat(100_000),
]

/** A piece of text to stand where a JSON value belongs. */
const fragment: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileString.map((it) => JSON.stringify(it)) },
  { weight: 4, arbitrary: fc.constantFrom(...NUMBER_TEXTS) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
)

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Place = readonly (string | number)[]
const MARK = '@@hostile@@'

function placesOf(value: Json, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [at]
  const children = Array.isArray(value)
    ? value.map((it: Json, n) => [n, it] as const)
    : Object.entries(value as Record<string, Json>)
  return [at, ...children.flatMap(([key, it]) => placesOf(it, [...at, key]))]
}

interface Mutation {
  readonly at: number
  readonly kind: 'replace' | 'remove' | 'add' | 'repeat'
  readonly key: string
  readonly text: string
}

/** The example's text with one value replaced, taken away, added or repeated. */
function mutate(example: Json, { at, kind, key, text }: Mutation): string {
  const places = placesOf(example)
  const place = places[at % places.length] ?? []
  const change = (value: Json, depth: number): Json | undefined => {
    if (depth < place.length) {
      const step = place[depth]
      if (Array.isArray(value))
        return value.flatMap((it: Json, n) => (n === step ? (change(it, depth + 1) ?? []) : [it]))
      return Object.fromEntries(
        Object.entries(value as Record<string, Json>).flatMap(([name, it]) => {
          const next = name === step ? change(it, depth + 1) : it
          return next === undefined ? [] : [[name, next]]
        }),
      )
    }
    if (kind === 'remove') return undefined
    if (kind === 'repeat' && Array.isArray(value))
      return Array.from({ length: 501 }, () => value[0] ?? null)
    // As own property, also `__proto__`: only a text can say that.
    if (kind === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value))
      return { ...value, [`${MARK}key`]: MARK }
    return MARK
  }
  const changed = change(example, 0)
  return (changed === undefined ? '' : JSON.stringify(changed))
    .replace(JSON.stringify(`${MARK}key`), () => JSON.stringify(key))
    .replace(JSON.stringify(MARK), () => text)
}

function mutated(example: Json): fc.Arbitrary<string> {
  return fc
    .record({
      at: fc.nat(999),
      kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'repeat'),
      key: fc.oneof(fc.constantFrom(...PROTOTYPE_KEYS), hostileString),
      text: fragment,
    } as const)
    .map((it) => mutate(example, it))
}

export interface HostileBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly encoding: string | null
}

const BOMB = new Uint8Array(gzipSync(Buffer.alloc(20 * 1024 * 1024, 0x20)))
const plain = (text: string): HostileBody => ({
  bytes: new TextEncoder().encode(text),
  encoding: null,
})

/** A body near the example, or nothing like it. */
export function hostileBody(example: Json): fc.Arbitrary<HostileBody> {
  const text = fc.oneof(
    { weight: 5, arbitrary: mutated(example) },
    { weight: 1, arbitrary: fragment },
    { weight: 1, arbitrary: fc.constant(JSON.stringify(example)) },
  )
  const truncated = fc
    .tuple(text, fc.nat(200))
    .map(([it, cut]) => it.slice(0, Math.max(0, it.length - 1 - cut)))
  const zipped = text.map((it) => new Uint8Array(gzipSync(it)))
  return fc.oneof(
    { weight: 14, arbitrary: text.map(plain) },
    { weight: 2, arbitrary: truncated.map(plain) },
    { weight: 2, arbitrary: zipped.map((bytes) => ({ bytes, encoding: 'gzip' })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(zipped, fc.nat(20))
        .map(([bytes, cut]) => ({ bytes: bytes.slice(0, -1 - cut), encoding: 'gzip' })),
    },
    { weight: 1, arbitrary: text.map((it) => ({ ...plain(it), encoding: 'gzip' })) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 50 })
        .map((it) => ({ bytes: new Uint8Array(it), encoding: null })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(text, fc.constantFrom('br', 'deflate', 'zstd', 'gzip, gzip', ''))
        .map(([it, encoding]) => ({ ...plain(it), encoding })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<HostileBody>(
        { bytes: BOMB, encoding: 'gzip' },
        plain(`"${'x'.repeat(1024 * 1024)}"`),
      ),
    },
  )
}

/** Half characters cannot stand in an address. */
const wellFormed = (text: string): string => Buffer.from(text).toString()

const GENERAL_NAMES = [
  'pageIndex',
  'pageSize',
  'pageNoLimit',
  'orderByField',
  'viewSize',
  'viewIndex',
  ...PROTOTYPE_KEYS,
]
const SUFFIXES = ['', '', '', '_op', '_not', '_ic', '_from', '_thru']
const VALUES = [
  'in',
  'like',
  'contains',
  'begins',
  'empty',
  'equals',
  'Y',
  'true',
  '0',
  '1',
  '-1',
  '0.5',
  '1e3',
  '99999999999',
  '9007199254740993',
  'constructor',
  '-createdDate',
  '__proto__ desc',
  '^toString',
  'a,b,,c',
  String(Date.UTC(2026, 1, 1)),
  '2026-01-01 00:00:00',
]
/** Percent signs that stand for nothing, for half a character, for NUL. */
const RAW_TEXTS = ['%', '%zz', '%00', '%FF', '%ED%A0%80', '%C0%80', '+', '%2F..%2F', '%25']

const encoded = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .oneof(hostileString, fc.constantFrom(...VALUES))
      .map((it) => encodeURIComponent(wellFormed(it))),
  },
  { weight: 1, arbitrary: fc.constantFrom(...RAW_TEXTS) },
)

/** A query of known and unknown names; the example's own values are mixed in, so that some of it is read. */
export function hostileQuery(example: Readonly<Record<string, string>>): fc.Arbitrary<string> {
  const names = Object.keys(example)
  const known = Object.entries(example).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  )
  const order = fc
    .constantFrom(...PROTOTYPE_KEYS, ...names)
    .chain((it) =>
      fc.constantFrom(`orderByField=${it}`, `orderByField=-${it}`, `orderByField=${it}%20desc,x`),
    )
  const filter = fc
    .tuple(
      fc.constantFrom(...names, ...names, ...GENERAL_NAMES),
      fc.constantFrom(...SUFFIXES),
      encoded,
    )
    .map(([name, suffix, value]) => `${name}${suffix}=${value}`)
  const pair = fc.oneof({ weight: 5, arbitrary: filter }, { weight: 1, arbitrary: order })
  return fc
    .tuple(fc.subarray(known), fc.array(pair, { maxLength: 4 }))
    .map(([kept, pairs]) => [...kept, ...pairs].join('&'))
}

/** Mostly the real thing: a wrong path is refused before it gets anywhere. */
export function hostilePart(real: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(real) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        hostileString.map((it) => encodeURIComponent(wellFormed(it))),
        fc.constantFrom(...RAW_TEXTS),
      ),
    },
  )
}

export const hostileHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/json',
      'text/plain',
      'text/xml',
      'multipart/form-data',
      'application/json; charset=utf-16',
      '',
    ),
    'accept-encoding': fc.constantFrom('gzip', 'br', 'identity;q=0', '*'),
    origin: fc.constantFrom('https://evil.example', 'null', '\\'),
    'x-forwarded-for': fc.constantFrom('127.0.0.1', '__proto__'),
    'x-http-method-override': fc.constantFrom('DELETE', 'PUT'),
    'if-none-match': fc.constantFrom('*', '"x"'),
    range: fc.constantFrom('bytes=0-0', 'bytes=9-1'),
  },
  { requiredKeys: [] },
)
