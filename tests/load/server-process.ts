// The server as a process of its own: started, killed and started again on the same data.
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'

const START_LIMIT_MS = 180_000
const LOG_CHARS_MAX = 20_000

export interface ServerProcess {
  readonly origin: string
  readonly port: number
  /** What it said, the last of it. */
  readonly output: () => string
  /** MiB now and at most; null where the system does not tell. */
  memory(): Promise<{ readonly now: number; readonly peak: number } | null>
  readonly pid: number
  /** Ended by itself or by somebody else. */
  readonly hasEnded: () => boolean
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** @throws Error with the server's last words when it does not get ready */
export async function startServerProcess(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server-mock/main.ts', ...args], {
    env: { ...process.env, MOQUI_PROFILE: undefined, PORT: undefined, HOST: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A run that breaks off leaves no server behind.
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-LOG_CHARS_MAX)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  void ended.then(() => process.removeListener('exit', end))
  const port = await portOf(child, () => output)
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    output: () => output,
    pid: child.pid ?? 0,
    memory: () => memoryOf(child),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended
    },
  }
}

function portOf(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => give(new Error(`the server did not start: ${output()}`)),
      START_LIMIT_MS,
    )
    const look = (): void => {
      const port = /http:\/\/localhost:(\d+)[\s\S]*Profile /.exec(output())?.[1]
      if (port !== undefined) give(Number(port))
    }
    const onExit = (): void => give(new Error(`the server ended: ${output()}`))
    function give(result: number | Error): void {
      clearTimeout(timer)
      child.stdout?.off('data', look)
      child.off('exit', onExit)
      if (typeof result === 'number') resolve(result)
      else {
        child.kill('SIGKILL')
        reject(result)
      }
    }
    child.stdout?.on('data', look)
    child.once('exit', onExit)
  })
}

async function memoryOf({ pid }: ChildProcess): Promise<{ now: number; peak: number } | null> {
  if (process.platform !== 'linux' || pid === undefined) return null
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
  return { now: mib('VmRSS'), peak: mib('VmHWM') }
}
