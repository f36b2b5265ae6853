// `npm start`: the app and its server on one origin, with demo data the first time.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

const SERVER = 'server-mock/main.ts'
const PARENT_CHECK_MS = 500

if (!existsSync(SERVER)) {
  console.error('The server is not there: ' + SERVER)
  process.exit(1)
}

// What stands behind `npm start --` goes on to the server and wins over these.
const server = spawn(
  process.execPath,
  ['--import', 'tsx', SERVER, '--app', 'dist', '--data', '.data/server', ...process.argv.slice(2)],
  { stdio: 'inherit' },
)
// Ctrl-C reaches the server by itself; it closes its database and ends, and so do we.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
// npm that is told to end takes only its shell along: notice that nobody is there any more, and end too.
const parent = process.ppid
if (process.env.npm_lifecycle_event === 'start') {
  setInterval(() => {
    if (process.ppid !== parent) server.kill('SIGTERM')
  }, PARENT_CHECK_MS).unref()
}
server.once('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 0)
})
