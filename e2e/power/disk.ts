// A disk whose power can be cut: a file with an ext4 on it, mounted, and shut down without writing what is not flushed.
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SIZE_BYTES = 512 * 1024 * 1024
const UNMOUNT_TRIES_MAX = 50
/**
 * EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the disk from now on, not even what the
 * journal holds in memory. https://docs.kernel.org/filesystems/ext4 and fs/ext4/ext4.h
 */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))
`

export interface Disk {
  /** Where it is mounted. */
  readonly folder: string
  /** All that was written so far is on the disk, as after some minutes. */
  flush: () => Promise<void>
  /** Everything that was not flushed by its writer is gone, as after a power cut. */
  cut: () => Promise<void>
  /** After a cut, and with nobody on it: as the machine that starts again. */
  mountAgain: () => Promise<void>
  dispose: () => Promise<void>
}

/** @returns what is missing for a disk whose power can be cut, in words; null when all is there */
export function missingForPowerCuts(): string | null {
  if (process.platform !== 'linux') return 'the power of a file system can be cut on Linux only'
  if (process.getuid?.() !== 0) return 'mounting needs root: sudo npm run test:power'
  for (const command of ['mkfs.ext4', 'losetup', 'mount', 'python3']) {
    if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0) return `no ${command}`
  }
  const free = spawnSync('losetup', ['--find'], { encoding: 'utf8' })
  return free.status === 0 ? null : `no loop device (${free.stderr.trim()}): a container without privileges has none`
}

export async function makeDisk(): Promise<Disk> {
  const home = await mkdtemp(join(tmpdir(), 'shelfcount-power-'))
  const image = join(home, 'disk.img')
  const folder = join(home, 'disk')
  await writeFile(image, '')
  await truncate(image, SIZE_BYTES)
  await mkdir(folder)
  await run('mkfs.ext4', ['-q', '-F', image])
  const mount = (): Promise<unknown> => run('mount', ['-o', 'loop', image, folder])
  await mount()
  return {
    folder,
    flush: async () => {
      await run('sync', ['--file-system', folder])
    },
    cut: async () => {
      await run('python3', ['-c', CUT, folder])
    },
    mountAgain: async () => {
      await unmount(folder)
      await mount()
    },
    dispose: async () => {
      await unmount(folder)
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A killed process may hold its files for a moment. */
async function unmount(folder: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await run('umount', [folder])
      return
    } catch (problem) {
      if (tries === UNMOUNT_TRIES_MAX) throw problem
      await sleep(100)
    }
  }
}
