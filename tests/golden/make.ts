// Makes the golden database of the schema as it is now: `npm run golden`. Once a version is released its file never changes again.
import 'fake-indexeddb/auto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SCANS_SCHEMA, SCANS_VERSION } from '../../src/ports/scans-schema'
import { tellStory } from './story'

const file = path.join(import.meta.dirname, `scans-v${SCANS_VERSION}.json`)
if (existsSync(file) && !process.argv.includes('--again')) {
  console.error(`${file} is there. A released schema's golden database stays as it is: raise SCANS_VERSION first.`)
  process.exit(1)
}
const tables = await tellStory()
writeFileSync(file, `${JSON.stringify({ version: SCANS_VERSION, schema: SCANS_SCHEMA, tables }, null, 1)}\n`)
const rows = Object.entries(tables).map(([name, of]) => `${name} ${of.length}`)
console.log(`${file}: ${rows.join(', ')}`)
