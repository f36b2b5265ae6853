// One server per data folder: two PGlites in one folder would silently lose each other's writes.
import { createHash } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Holds the folder until the process ends, however it ends: the lock is a listening local socket, so that a killed
 * server leaves nothing that looks alive, also when its process id is used again.
 * @throws Error when another server has the folder
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  await mkdir(folder, { recursive: true })
  const name = `shelfcount-${createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 24)}`
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
  const server = (await listen(path)) ?? (await takeOver(path, folder))
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

async function takeOver(path: string, folder: string): Promise<Server> {
  if (await isAnswered(path)) throw new Error(`Another server is using the data folder ${folder}`)
  await rm(path, { force: true })
  const server = await listen(path)
  if (server === null) throw new Error(`Another server is using the data folder ${folder}`)
  return server
}

/** Null when the name is taken. */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(path, () => resolve(server))
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
