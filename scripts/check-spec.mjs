// Do the rules of docs/SPEC.md and the tests know each other? Fails on a rule without a test and on an id that is no rule.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { filesBelow } from './content-hash.mjs'

const RULE = /^- \*\*([A-Z]{1,3}\d+(?:\.\d+)?[a-z]?)\*\*\s+(.*)$/
const PLANNED = /\(planned: issue (\d+)\)\s*$/
const ID = String.raw`[A-Z]{1,3}\d+(?:\.\d+)?[a-z]?`
/** Any text that starts like a title: suites that run on several implementations keep their titles in data. */
const TITLE = new RegExp(String.raw`['"\x60]((?:\[${ID}(?:[ ,]+${ID})*\] )+)`, 'g')

/**
 * @param {string} markdown docs/SPEC.md
 * @returns {{ rules: Map<string, { text: string, plannedIssue: number | null }>, doubled: string[] }}
 */
export function readRules(markdown) {
  const rules = new Map()
  const doubled = []
  for (const line of markdown.split('\n')) {
    const [, id, text] = RULE.exec(line) ?? []
    if (id === undefined) continue
    if (rules.has(id)) doubled.push(id)
    const planned = PLANNED.exec(text)
    rules.set(id, { text, plannedIssue: planned === null ? null : Number(planned[1]) })
  }
  return { rules, doubled }
}

/**
 * @param {string} source a test file
 * @returns {string[]} the ids that its titles start with, in order, repeated ones too
 */
export function idsInTitles(source) {
  return [...source.matchAll(TITLE)].flatMap(([, ids]) => ids.match(new RegExp(ID, 'g')) ?? [])
}

/**
 * @param {string} markdown docs/SPEC.md
 * @param {readonly { file: string, source: string }[]} tests
 */
export function compareSpec(markdown, tests) {
  const { rules, doubled } = readRules(markdown)
  const places = new Map()
  for (const { file, source } of tests) {
    for (const id of idsInTitles(source)) places.set(id, (places.get(id) ?? new Set()).add(file))
  }
  const unproven = [...rules].filter(([id, rule]) => !places.has(id) && rule.plannedIssue === null)
  const planned = [...rules].filter(([id, rule]) => !places.has(id) && rule.plannedIssue !== null)
  const unknown = [...places].filter(([id]) => !rules.has(id))
  return {
    unproven: unproven.map(([id, { text }]) => ({ id, text })),
    planned: planned.map(([id, { plannedIssue }]) => ({ id, plannedIssue })),
    unknown: unknown.map(([id, files]) => ({ id, files: [...files] })),
    doubled,
    provenCount: rules.size - unproven.length - planned.length,
    ok: unproven.length + unknown.length + doubled.length === 0,
  }
}

function print({ unproven, planned, unknown, doubled, provenCount }) {
  const row = (id, word, text) => console.log(`${id.padEnd(8)} ${word.padEnd(10)} ${text}`)
  for (const { id, text } of unproven) row(id, 'unproven', text)
  for (const { id, files } of unknown)
    row(id, 'unknown', `named in ${files.join(', ')}, not in docs/SPEC.md`)
  for (const id of doubled) row(id, 'doubled', 'two rules have this id')
  for (const { id, plannedIssue } of planned) row(id, 'planned', `issue ${plannedIssue}`)
  console.log(
    `rules: ${provenCount} proven, ${planned.length} planned, ${unproven.length} unproven; unknown ids in tests: ${unknown.length}`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tests = ['tests', 'e2e']
    .flatMap(filesBelow)
    .filter((file) => /\.ts$/.test(file))
    .map((file) => ({ file, source: readFileSync(file, 'utf8') }))
  const result = compareSpec(readFileSync('docs/SPEC.md', 'utf8'), tests)
  print(result)
  process.exitCode = result.ok ? 0 : 1
}
