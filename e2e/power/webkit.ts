// The power test's WebKitGTK, with an SQLite that flushes no more than Apple's does.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDatabase } from '../support/device-database'
import type { Tables } from '../support/device-database'
import { openSession, signIn, typeScan, untilCatalogueIsHere, untilInstalled, untilSynced } from '../webkit/app'
import { missingForWebKit, startWebKit } from '../webkit/browser'
import { shownHere, type Engine, type Life, type Place } from './engine'

export const WEBKIT: Engine = {
  name: 'webkit',
  missing: () => missingForWebKit() ?? missingForAppleLikeSqlite(),
  start: startLife,
}

/**
 * Apple builds SQLite with SQLITE_DEFAULT_WAL_SYNCHRONOUS=1: a commit goes into the write-ahead log without a flush.
 * Debian's flushes it, and so hides what relaxed loses. This sets on every connection what Apple's build has by default.
 */
const APPLE_LIKE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sqlite3.h>
static int relaxed(int result, sqlite3 **db) {
  if (result == SQLITE_OK) sqlite3_exec(*db, "PRAGMA synchronous = NORMAL", 0, 0, 0);
  return result;
}
int sqlite3_open_v2(const char *name, sqlite3 **db, int flags, const char *vfs) {
  int (*real)(const char *, sqlite3 **, int, const char *) = dlsym(RTLD_NEXT, "sqlite3_open_v2");
  return relaxed(real(name, db, flags, vfs), db);
}
int sqlite3_open(const char *name, sqlite3 **db) {
  int (*real)(const char *, sqlite3 **) = dlsym(RTLD_NEXT, "sqlite3_open");
  return relaxed(real(name, db), db);
}
`

let library: string | null = null

/** Compiled once per run. @returns why it cannot be; null when it is there */
function missingForAppleLikeSqlite(): string | null {
  if (library !== null) return null
  const folder = mkdtempSync(join(tmpdir(), 'shelfcount-sqlite-'))
  const source = join(folder, 'apple-like.c')
  const built = join(folder, 'apple-like.so')
  writeFileSync(source, APPLE_LIKE)
  const result = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', built, source, '-ldl'], { encoding: 'utf8' })
  if (result.status !== 0) return `no C compiler or no headers of SQLite (Debian: apt-get install gcc libsqlite3-dev): ${result.stderr ?? ''}`
  library = built
  return null
}

async function startLife({ profileFolder, origin }: Place): Promise<Life> {
  const webKit = await startWebKit(profileFolder, library === null ? {} : { preload: library })
  const { driver } = webKit
  const dump = (prefix: string, tables?: readonly string[]): Promise<Tables> =>
    driver.runAsync<Tables>(`globalThis.__name ??= (it) => it; return (${readDatabase.toString()})(args[0])`, [
      { prefix, tables: tables ?? null },
    ])
  return {
    setUp: async (sessionId) => {
      await signIn(driver, origin)
      await untilInstalled(driver)
      // Before the page is left: one that WebKit keeps for "back" would go on holding its storage.
      await untilCatalogueIsHere(driver)
      await openSession(driver, origin, sessionId)
    },
    openSession: (sessionId) => openSession(driver, origin, sessionId),
    shown: () => driver.run<string>(`return (${shownHere.toString()})()`),
    scan: (barcode) => typeScan(driver, barcode),
    acknowledged: () =>
      driver.run<readonly string[]>(`return performance.getEntriesByName('scan:durable', 'mark').map((it) => it.detail.eventId)`),
    dump,
    dumpWithoutApp: async (address) => {
      await driver.goto(address)
      return dump('scans:')
    },
    untilSynced: (scans) => untilSynced(driver, scans),
    kill: webKit.kill,
    close: webKit.close,
  }
}
