// Type check of every context with its own libraries, two at a time: `node scripts/typecheck.mjs [core worker app node]`.
import { run } from './run.mjs'

const LIMIT_MS = 120_000
const SIDE_BY_SIDE = 2
const CONTEXTS = {
  app: 'vue-tsc/bin/vue-tsc.js',
  // The tests import components.
  node: 'vue-tsc/bin/vue-tsc.js',
  core: 'typescript/bin/tsc',
  worker: 'typescript/bin/tsc',
}
/** The context's folders are still empty. */
const NO_INPUTS = 'error TS18003'

const named = process.argv.slice(2)
const waiting = Object.keys(CONTEXTS).filter((name) => named.length === 0 || named.includes(name))
let failedCount = 0

async function checkNext() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const args = [
      '-p',
      `tsconfig.${name}.json`,
      '--incremental',
      '--tsBuildInfoFile',
      `.data/types/${name}.tsbuildinfo`,
    ]
    const result = await run(process.execPath, [`node_modules/${CONTEXTS[name]}`, ...args], {
      quiet: true,
      timeoutMs: LIMIT_MS,
    })
    const isEmpty = result.output.includes(NO_INPUTS)
    const word = result.ok ? 'ok' : isEmpty ? 'nothing to check' : 'failed'
    if (word === 'failed') {
      failedCount += 1
      console.log(result.timedOut ? 'time limit' : result.output.trim())
    }
    console.log(`types ${name}: ${word} (${result.seconds.toFixed(1)} s)`)
  }
}

await Promise.all(Array.from({ length: SIDE_BY_SIDE }, checkNext))
process.exitCode = failedCount === 0 ? 0 : 1
