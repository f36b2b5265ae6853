// The built app with a newer schema of the scans database, as a later release will have one: what upgrades are tested with.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SCANS_VERSION } from '../../src/ports/scans-schema'
import { APP_FOLDER } from './server'

/** Page and worker: whoever comes first upgrades. */
const ENTRIES = /^(?:index|sync\.worker)-.*\.js$/
const ENTRIES_LEAST = 2

/** Of the stored events: each upgrade reads all of them to build one index, and drops the one of the upgrade before. */
const INDEXED = ['at', 'raw'] as const

/**
 * Publish the app with the schema of so many releases later over a copy of the built app. The product's own upgrade runs
 * then: only the number and an index are changed, where the build has them as data.
 * @param releases 1 or more
 * @throws Error when the build has other text than expected: nothing was written then
 */
export async function publishNextSchema(appFolder: string, releases: number): Promise<void> {
  const assets = await readdir(join(APP_FOLDER, 'assets'))
  const entries = assets.filter((name) => ENTRIES.test(name))
  if (entries.length < ENTRIES_LEAST) throw new Error(`Page and worker were not found among the built files: ${entries.join(', ')}`)
  // Names say what is in a file: one of the same name is not fetched again.
  const renamed = new Map(assets.map((name) => [name, name.replace(/(\.[a-z0-9]+)$/, `-s${releases}$1`)]))
  const written = new Map<string, string | Buffer>()
  for (const name of assets) {
    const file = join(APP_FOLDER, 'assets', name)
    const target = join('assets', renamed.get(name) ?? name)
    if (!/\.(?:js|css)$/.test(name)) written.set(target, await readFile(file))
    else {
      const text = withNames(await readFile(file, 'utf8'), renamed)
      written.set(target, entries.includes(name) ? withSchema(text, name, releases) : text)
    }
  }
  for (const name of ['index.html', 'sw.js']) {
    const text = withNames(await readFile(join(APP_FOLDER, name), 'utf8'), renamed)
    written.set(name, text.replaceAll(/"revision":"([^"]*)"/g, `"revision":"$1-s${releases}"`))
  }
  for (const [name, content] of written) await writeFile(join(appFolder, name), content)
}

function withNames(text: string, renamed: ReadonlyMap<string, string>): string {
  let result = text
  for (const [from, to] of renamed) result = result.replaceAll(from, to)
  return result
}

function withSchema(text: string, name: string, releases: number): string {
  const field = INDEXED[releases % INDEXED.length] ?? 'at'
  const version = `strict:!0,version:${SCANS_VERSION}`
  const events = 'scanEvents:{primaryKey:`gid`,autoIncrement:!0,indexes:{'
  for (const wanted of [version, events]) {
    if (text.split(wanted).length !== 2) throw new Error(`${name} does not have ${JSON.stringify(wanted)} once`)
  }
  return text
    .replace(version, `strict:!0,version:${SCANS_VERSION + releases}`)
    .replace(events, `${events}"${field}":{paths:["${field}"]},`)
}
