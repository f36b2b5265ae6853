// Does package-lock.json install everywhere? Complete for other platforms, and bound to no particular registry.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @param {{ packages: Record<string, { resolved?: string, version?: string, link?: boolean, optionalDependencies?: Record<string, string> }> }} lock
 * @returns {string[]} what is wrong, one sentence each; empty when all is well
 */
export function lockProblems(lock) {
  const places = Object.entries(lock.packages)
  const names = new Set(
    places.map(([place]) =>
      place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    ),
  )
  return places.flatMap(([place, { resolved, version, optionalDependencies = {} }]) => {
    const problems = []
    if (resolved !== undefined && /^https?:/.test(resolved)) {
      problems.push(
        `${place} is bound to the registry it came from: npm install --omit-lockfile-registry-resolved`,
      )
    }
    // A release whose binaries for other systems were not published yet installs here and nowhere else.
    const missing = Object.keys(optionalDependencies).filter((name) => !names.has(name))
    if (missing.length > 0) {
      problems.push(
        `${place} ${version} lacks ${missing.join(', ')}: pin an earlier version that is complete`,
      )
    }
    return problems
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = lockProblems(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  for (const problem of problems) console.error(problem)
  console.log(
    `package-lock.json: ${problems.length === 0 ? 'complete' : `${problems.length} problems`}`,
  )
  process.exitCode = problems.length === 0 ? 0 : 1
}
