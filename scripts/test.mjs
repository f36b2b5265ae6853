// `npm test`: everything, from a fresh clone on. Whatever happens, its last line is `N passed, N failed`.
// `npm test -- --only unit,e2e` runs those steps alone.
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isNodeSupported, nodeProblem } from './node-version.mjs'

const EXIT_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }

/** Written past all buffers: process.exit() would lose it in a pipe. */
function lastLine(passed, failed) {
  writeSync(1, passed + ' passed, ' + failed + ' failed\n')
}

function stepsAskedFor(args) {
  const at = args.indexOf('--only')
  return at < 0 ? [] : (args[at + 1] || '').split(',').filter(Boolean)
}

function usage(steps) {
  return [
    'npm test -- [options]',
    'Everything that is tested, from a fresh clone on.',
    '  --only  these steps, with commas between: ' + steps.map((step) => step.name).join(', '),
    '  --help  this',
  ].join('\n')
}

async function main() {
  if (!isNodeSupported(process.versions.node)) {
    console.error(nodeProblem(process.versions.node))
    lastLine(0, 1)
    process.exitCode = 1
    return
  }
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  const { createTestRun } = await import('./test-run.mjs')
  const { TEST_STEPS } = await import('./test-steps.mjs')
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    console.log(usage(TEST_STEPS))
    return
  }
  const only = stepsAskedFor(args)
  const unknown = only.filter((name) => !TEST_STEPS.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(
      `No step ${unknown.join(', ')}; there are: ${TEST_STEPS.map((step) => step.name).join(', ')}`,
    )
    lastLine(0, 1)
    process.exitCode = 1
    return
  }

  const testRun = createTestRun({ only, isCi: Boolean(process.env.CI) })
  for (const [signal, code] of Object.entries(EXIT_OF_SIGNAL)) {
    process.once(signal, async () => {
      await testRun.close()
      lastLine(testRun.sum.passed, testRun.sum.failed + 1)
      process.exit(code)
    })
  }
  try {
    await testRun.runAll()
  } catch (error) {
    // A bug of the runner itself: shown, and counted like any other failure.
    console.error(error)
    testRun.sum.failed += 1
  }
  await testRun.close()
  process.exitCode = testRun.sum.failed === 0 ? 0 : 1
  lastLine(testRun.sum.passed, testRun.sum.failed)
}

main().catch((error) => {
  console.error(error)
  lastLine(0, 1)
  process.exitCode = 1
})
