// Run other programs: with a hard time limit that takes the whole family down, and without a shell.
import { spawn } from 'node:child_process'

/** Output that is kept for reading totals out of it; more is dropped from the front. */
const KEPT_CHARS = 200_000
/** How long output may trickle in after the end of the program. */
const LAST_OUTPUT_MS = 2000
const running = new Set()

/**
 * @typedef {object} RunOptions
 * @property {number} [timeoutMs] hard stop: the process and all its children are killed
 * @property {boolean} [quiet] keep the output, do not show it
 * @property {Record<string, string | undefined>} [env] added to ours; undefined removes
 * @property {string} [cwd]
 *
 * @typedef {object} RunResult
 * @property {boolean} ok it ended by itself with code 0
 * @property {number | null} code null: killed, or it could not be started
 * @property {boolean} timedOut
 * @property {string} output both streams, the last 200,000 characters
 * @property {number} seconds
 */

/**
 * Run a program to its end. Never rejects: what went wrong is in the result.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { timeoutMs, quiet = false, env = {}, cwd } = {}) {
  const startedAt = Date.now()
  // A group of its own, so that a hard stop reaches grandchildren (browsers, servers) too.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
  running.add(child)
  let output = ''
  let timedOut = false
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          killFamily(child, 'SIGKILL')
        }, timeoutMs)

  const keep = (stream) => (chunk) => {
    output = (output + chunk).slice(-KEPT_CHARS)
    if (!quiet) stream.write(chunk)
  }
  child.stdout.setEncoding('utf8').on('data', keep(process.stdout))
  child.stderr.setEncoding('utf8').on('data', keep(process.stderr))

  return new Promise((resolve) => {
    const settle = (code, problem = '') => {
      clearTimeout(timer)
      running.delete(child)
      resolve({
        ok: code === 0 && !timedOut,
        code,
        timedOut,
        output: output + problem,
        seconds: (Date.now() - startedAt) / 1000,
      })
    }
    child.once('error', (error) => settle(null, error.message))
    // With 'close' all output has been read. A grandchild that keeps the pipes open must not hold us up for long.
    child.once('close', (code) => settle(code))
    child.once('exit', (code) => {
      setTimeout(() => settle(code), LAST_OUTPUT_MS)
    })
  })
}

/**
 * Run the npm that called us, not just any npm on the PATH: on Windows and with several Nodes they differ.
 *
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runNpm(args, options) {
  const npm = process.env.npm_execpath
  return npm === undefined
    ? run('npm', args, options)
    : run(process.execPath, [npm, ...args], options)
}

/** Kill everything that `run` has started and that is still there. */
export function killAll() {
  for (const child of running) killFamily(child, 'SIGKILL')
}

function killFamily(child, signal) {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    // Gone already between the two: nothing is left to kill.
    if (error.code !== 'ESRCH') throw error
  }
}
