// The app behind a script that makes every transaction relaxed: what the power test must see lose scans.
import { cp, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { APP_FOLDER } from '../support/server'

/** Page and worker: in one database the flush of any strict transaction carries the relaxed ones before it along. */
const ENTRIES = /^(?:index|sync\.worker)-.*\.js$/

/** In front of the built files: the product has no switch for it, and the browser asks for durability nowhere else. */
const RELAXING = `
{
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    return begin.call(this, stores, mode, { ...options, durability: 'relaxed' })
  }
}
`

/** @returns a folder with the built app, changed; the caller deletes it @throws Error when the build has other files than expected */
export async function makeRelaxedApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcount-relaxed-'))
  await cp(APP_FOLDER, folder, { recursive: true })
  const assets = join(folder, 'assets')
  const entries = (await readdir(assets)).filter((name) => ENTRIES.test(name))
  if (entries.length < 2) throw new Error(`Page and worker were not found among the built files: ${entries.join(', ')}`)
  for (const name of entries) {
    const file = join(assets, name)
    await writeFile(file, RELAXING + (await readFile(file, 'utf8')))
  }
  return folder
}
