// What the counting screen costs to load: JavaScript and CSS, gzipped, followed through the build's own manifest.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { filesBelow } from './content-hash.mjs'

/** Page code of the counting screen; worker and service worker are loaded beside it and listed apart. */
export const PAGE_BUDGET_BYTES = 200_000
/** The counting view and the frame around it, as src/router.ts nests them. */
const COUNTING_VIEWS = /^src\/views\/(?:Counting|Session)View\.vue$/

/**
 * All files that opening the entries loads at once: their chunks, what these import statically, and their styles.
 *
 * @param {Record<string, { file: string, imports?: string[], css?: string[] }>} manifest
 * @param {readonly string[]} entries keys of the manifest
 * @returns {string[]} each file once
 */
export function filesOf(manifest, entries) {
  const seen = new Set()
  const files = new Set()
  const visit = (key) => {
    if (seen.has(key)) return
    seen.add(key)
    const { file, imports = [], css = [] } = manifest[key]
    for (const one of [file, ...css]) files.add(one)
    for (const next of imports) visit(next)
  }
  for (const entry of entries) visit(entry)
  return [...files].filter((file) => /\.(?:js|css)$/.test(file))
}

/**
 * @param {string} [dist]
 * @returns {{ name: string, files: { file: string, bytes: number }[], bytes: number }[]} gzipped bytes of page, worker and service worker
 * @throws {Error} when the build has no counting screen
 */
export function pageSizes(dist = 'dist') {
  const manifest = JSON.parse(readFileSync(path.join(dist, '.vite/manifest.json'), 'utf8'))
  const views = Object.keys(manifest).filter((key) => COUNTING_VIEWS.test(key))
  if (views.length === 0)
    throw new Error('No counting screen in the build: its view should match ' + COUNTING_VIEWS)

  const measure = (name, files) => {
    const measured = files.map((file) => ({
      file,
      bytes: gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length,
    }))
    return { name, files: measured, bytes: measured.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
  const built = filesBelow(dist).map((file) => path.relative(dist, file))
  return [
    measure('counting screen', filesOf(manifest, ['index.html', ...views])),
    measure(
      'sync worker',
      built.filter((file) => /worker[^/]*\.js$/.test(file)),
    ),
    measure(
      'service worker',
      built.filter((file) => file === 'sw.js'),
    ),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync('dist/.vite/manifest.json')) {
    console.error('Nothing is built: npm run build')
    process.exit(1)
  }
  const sizes = pageSizes()
  for (const { name, files, bytes } of sizes) {
    console.log(`${name.padEnd(16)} ${kilobytes(bytes)} gz`)
    for (const file of files) console.log(`  ${kilobytes(file.bytes)}  ${file.file}`)
  }
  if (sizes[0].bytes > PAGE_BUDGET_BYTES) {
    console.error(`The counting screen may have ${kilobytes(PAGE_BUDGET_BYTES).trim()}.`)
    process.exitCode = 1
  }
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} KB`
}
