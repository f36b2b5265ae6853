// A hash over files: how the setup knows that nothing has changed since the last time.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * All files below a folder, or the file itself, in a fixed order; nothing for a path that is not there.
 *
 * @param {string} start
 * @returns {string[]}
 */
export function filesBelow(start) {
  if (!existsSync(start)) return []
  if (!statSync(start).isDirectory()) return [start]
  return readdirSync(start)
    .toSorted()
    .flatMap((name) => filesBelow(path.join(start, name)))
}

/**
 * @param {readonly string[]} starts files and folders
 * @param {readonly string[]} facts whatever else the result depends on
 * @returns {string}
 */
export function contentHash(starts, facts = []) {
  const hash = createHash('sha256')
  for (const fact of facts) hash.update(`${fact}\0`)
  for (const file of starts.flatMap(filesBelow)) {
    // Length first: moving bytes from one file to the next must change the hash.
    const bytes = readFileSync(file)
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}
