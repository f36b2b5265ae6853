// Is this Node new enough? Written so that even an old Node can read it and get the message instead of a syntax error.

/** As `engines.node` in package.json. */
export const NODE_WANTED = '20.19 or later in 20, 22.13 or later in 22, or 24 and up'

/**
 * @param {string} version such as `20.19.1`
 * @returns {boolean}
 */
export function isNodeSupported(version) {
  const parts = version.split('.').map(Number)
  const major = parts[0]
  const minor = parts[1]
  if (major === 20) return minor >= 19
  if (major === 22) return minor >= 13
  return major >= 24
}

/**
 * @param {string} version
 * @returns {string} what is wrong and what to do
 */
export function nodeProblem(version) {
  return (
    'Node ' + version + ' cannot run Shelfcount. It needs ' + NODE_WANTED + ': https://nodejs.org'
  )
}
