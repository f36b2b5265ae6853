// The built app with a newer schema of one of its databases, as a later release will have one: what upgrades are tested with.
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CATALOGUE_VERSION } from '../../src/ports/catalogue-schema'
import { SCANS_VERSION } from '../../src/ports/scans-schema'
import { APP_FOLDER } from './server'

/** Page and worker: whoever comes first upgrades. */
const ENTRIES = /^(?:index|sync\.worker)-.*\.js$/
const ENTRIES_LEAST = 2

/** An index of the stored events in the one, of the products in the other. */
export type UpgradedDatabase = 'scans' | 'catalogue'

/** Of the stored rows: each upgrade reads all of them to build one index, and drops the one of the upgrade before. */
const INDEXED = { scans: ['at', 'raw'], catalogue: ['name', 'productId'] } as const

/**
 * Publish the app with the schema of so many releases later over a copy of the built app. The product's own upgrade runs
 * then: only the number and an index are changed, where the build has them as data.
 * @param releases 1 or more
 * @param database the other one stays as it is
 * @throws Error when the build has other text than expected: nothing was written then
 */
export async function publishNextSchema(appFolder: string, releases: number, database: UpgradedDatabase = 'scans'): Promise<void> {
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
      written.set(target, entries.includes(name) ? withSchema(text, name, { releases, database }) : text)
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

/** What the build has of each database as data: the number at its opening, and the table that gets the index. */
const BUILT = {
  scans: { version: SCANS_VERSION, opening: 'strict:!0,version:', table: 'scanEvents:{primaryKey:`gid`,autoIncrement:!0,indexes:{' },
  catalogue: { version: CATALOGUE_VERSION, opening: 'strict:!1,version:', table: 'products:{primaryKey:`productId`,indexes:{' },
} as const

function withSchema(text: string, name: string, { releases, database }: { readonly releases: number; readonly database: UpgradedDatabase }): string {
  const fields = INDEXED[database]
  const field = fields[releases % fields.length] ?? fields[0]
  const { version, opening, table } = BUILT[database]
  for (const wanted of [`${opening}${version}`, table]) {
    if (text.split(wanted).length !== 2) throw new Error(`${name} does not have ${JSON.stringify(wanted)} once`)
  }
  return text
    .replace(`${opening}${version}`, `${opening}${version + releases}`)
    .replace(table, `${table}"${field}":{paths:["${field}"]},`)
}
