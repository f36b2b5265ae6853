// The import table of the house: docs/adr/0004-layers.md says why. A new folder needs a line here.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow } from '../scripts/content-hash.mjs'

interface Allowed {
  /** Folders of src/ beside the own one, or single files of them. */
  readonly folders: readonly string[]
  /** Packages; a trailing `*` stands for a family. */
  readonly packages: readonly string[]
}

const PAGE_PARTS = ['domain', 'ports', 'usecases', 'stores', 'composables']

/** What each folder of src/ may import. */
const MAY_IMPORT: Readonly<Record<string, Allowed>> = {
  domain: { folders: [], packages: [] },
  ports: { folders: ['domain'], packages: [] },
  // The words that both sides share are closed lists of the domain.
  contract: { folders: ['domain/access', 'domain/review', 'domain/plan', 'domain/plan-import', 'domain/quantity'], packages: ['valibot'] },
  usecases: { folders: ['domain', 'ports'], packages: [] },
  sync: { folders: ['domain', 'ports', 'usecases'], packages: [] },
  db: { folders: ['domain', 'ports'], packages: ['dexie'] },
  api: { folders: ['domain', 'ports', 'contract'], packages: ['ky', 'valibot'] },
  files: {
    folders: ['domain', 'contract'],
    packages: ['valibot', 'csv-parse', 'read-excel-file'],
  },
  worker: {
    folders: ['domain', 'ports', 'usecases', 'sync', 'db', 'api', 'files'],
    packages: ['comlink', 'ky'],
  },
  sw: { folders: [], packages: ['workbox-*'] },
  stores: { folders: ['domain', 'ports', 'usecases'], packages: ['vue', 'pinia'] },
  composables: {
    folders: ['domain', 'ports', 'usecases', 'stores', 'worker/protocol'],
    packages: ['vue', 'dexie', 'comlink'],
  },
  components: {
    folders: ['domain', 'ports', 'composables'],
    packages: ['vue', 'reka-ui', '@lucide/vue', '@tanstack/vue-virtual'],
  },
  views: {
    folders: [...PAGE_PARTS, 'components', 'worker/protocol'],
    packages: [
      'vue',
      'reka-ui',
      '@lucide/vue',
      '@tanstack/vue-virtual',
      'dexie',
      'comlink',
      'pinia',
      'vue-router',
    ],
  },
}

/** One package in one place: the v5 uuid of a count record needs a synchronous SHA-1. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'domain/row-uuid.ts': ['uuid'],
}

/** What reaches the core must be handed in: no platform, no clock, no chance. */
const CORE = ['domain', 'ports', 'contract', 'usecases', 'sync']
const OUTSIDE_WORLD =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|crypto\.|console\.|set(?:Timeout|Interval)\(|fetch\(|window\.|document\.|navigator\.|indexedDB|localStorage)/

const IMPORT = /(?:[\s}]from\s+|\bimport\s*\(?\s*)['"]([^'"\n]+)['"]/g
const COMMENT = /\/\*[\s\S]*?\*\/|(?:^|\s)\/\/.*$/gm

function sources(folder: string): string[] {
  return filesBelow(folder).filter((file) => /\.(?:ts|vue)$/.test(file) && !file.endsWith('.d.ts'))
}

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8').replaceAll(COMMENT, ' ')
  return [...source.matchAll(IMPORT)].map(([, name = '']) => name)
}

/** Where a relative import leads, below src/ and without its ending. */
function targetOf(file: string, source: string): string {
  const target = path.posix.join(path.posix.dirname(file), source.replace(/[?#].*$/, ''))
  return target.replace(/^src\//, '').replace(/\.(?:ts|vue)$/, '')
}

function isAllowed(names: readonly string[], wanted: string): boolean {
  return names.some((name) =>
    name.endsWith('*')
      ? wanted.startsWith(name.slice(0, -1))
      : wanted === name || wanted.startsWith(`${name}/`),
  )
}

/** Every import of the file that its folder may not have, with what it may. */
function forbiddenImports(file: string): string[] {
  const place = file.replace(/^src\//, '')
  const folder = place.split('/')[0] ?? ''
  const allowed = MAY_IMPORT[folder]
  if (allowed === undefined) return [`src/${folder} needs a line in MAY_IMPORT`]

  return importsOf(file).filter((source) => {
    if (!source.startsWith('.'))
      return !isAllowed([...allowed.packages, ...(EXCEPTIONS[place] ?? [])], source)
    return !isAllowed([folder, ...allowed.folders], targetOf(file, source))
  })
}

const inFolders = sources('src').filter((file) => file.split('/').length > 2)

describe('the layers of src/', () => {
  it.each(inFolders)('[HO8] %s imports only what its folder may', (file) => {
    expect(forbiddenImports(file)).toEqual([])
  })

  it.each(CORE.flatMap((folder) => sources(`src/${folder}`)))(
    '[HO9] %s is given clock, chance and platform',
    (file) => {
      const code = readFileSync(file, 'utf8').replaceAll(COMMENT, ' ')

      expect(OUTSIDE_WORLD.exec(code)?.[0]).toBeUndefined()
    },
  )
})

describe('the server', () => {
  it.each(sources('server-mock'))(
    '[HO8] %s imports contract and domain of src, and nothing else of it',
    (file) => {
      const ofApp = importsOf(file)
        .filter((source) => source.startsWith('.'))
        .map((source) => path.posix.join(path.posix.dirname(file), source))
        .filter((target) => target.startsWith('src/'))

      expect(ofApp.filter((target) => !/^src\/(?:contract|domain)\//.test(target))).toEqual([])
    },
  )
})

/** Of any of the names that a page goes by: an address that is set, or a way of the history that keeps what was there. */
const KEEPS_THE_PAGE = /\blocation(?:\.href)?\s*=(?!=)|\blocation\.assign\(|\bhistory\.(?:back|forward|go)\(|window\.open\(/

describe('the ways out of a page', () => {
  it('[KP24] leave nothing that the browser could keep for "back": it is loaded anew, or another one takes its place', () => {
    const guilty = sources('src').filter((file) => KEEPS_THE_PAGE.test(readFileSync(file, 'utf8').replaceAll(COMMENT, ' ')))

    expect(guilty).toEqual([])
    expect(KEEPS_THE_PAGE.test('location.href = next')).toBe(true)
  })
})

describe('the import reader', () => {
  it('[HO8] finds this very file not guilty and sees its imports', () => {
    expect(importsOf('tests/architecture.spec.ts')).toContain('vitest')
    expect(existsSync('src/domain')).toBe(true)
  })
})
