// Makes sure of what `npm start` and `npm test` need: `node scripts/ensure.mjs node deps build browser postgres webkit`, any of them.
// No dependencies, and nothing here may be newer than the oldest Node that should get a clear message.
import { fileURLToPath } from 'node:url'
import { isNodeSupported, nodeProblem } from './node-version.mjs'

const STEPS = {
  // Checked before every step anyway.
  node: async () => async () => ({ ok: true }),
  deps: async () => (await import('./ensure-deps.mjs')).ensureDeps,
  build: async () => (await import('./ensure-build.mjs')).ensureBuild,
  browser: async () => (await import('./ensure-browser.mjs')).ensureBrowser,
  postgres: async () => (await import('./ensure-packages.mjs')).ensurePostgres,
  webkit: async () => (await import('./ensure-packages.mjs')).ensureWebkit,
}

function say(line) {
  console.log('[setup] ' + line)
}

async function main(names) {
  if (!isNodeSupported(process.versions.node)) {
    console.error(nodeProblem(process.versions.node))
    return 1
  }
  // Paths are those of the project, wherever it is called from.
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  for (const name of names) {
    if (!Object.hasOwn(STEPS, name)) {
      console.error('Nothing called ' + name + '; there are: ' + Object.keys(STEPS).join(', '))
      return 1
    }
    const step = await STEPS[name]()
    const result = await step(say)
    if (!result.ok) {
      console.error('[setup] ' + name + ': ' + result.reason)
      return 1
    }
  }
  return 0
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
})
