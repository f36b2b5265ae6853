// Lint rule: how long a function is without the named functions inside it. A factory of short functions is not long.

/** @type {import('eslint').Rule.RuleModule} */
export const maxOwnLines = {
  meta: {
    type: 'suggestion',
    docs: { description: 'limit the lines of a function that are its own' },
    schema: [
      {
        type: 'object',
        properties: { max: { type: 'integer', minimum: 1 } },
        additionalProperties: false,
      },
    ],
    messages: {
      tooLong:
        '{{ name }} has {{ lines }} lines of its own, {{ max }} are the most: give its steps names.',
    },
  },
  create(context) {
    const { max } = context.options[0] ?? { max: 70 }
    const { sourceCode } = context
    /** Functions that we are inside of, with the lines that their named inner functions take. */
    const open = []

    function linesOf(node) {
      return codeLines(sourceCode, node.loc.start.line, node.loc.end.line)
    }

    function leave(node) {
      const { innerLines } = open.pop()
      const total = linesOf(node)
      const lines = total - innerLines
      const name = nameOf(node)
      if (lines > max) context.report({ node, messageId: 'tooLong', data: { name, lines, max } })
      const outer = open.at(-1)
      // What has a name can be read by itself; a callback belongs to the function it stands in.
      if (outer !== undefined) outer.innerLines += isNamed(node) ? total : innerLines
    }

    const enter = () => open.push({ innerLines: 0 })
    return {
      FunctionDeclaration: enter,
      FunctionExpression: enter,
      ArrowFunctionExpression: enter,
      'FunctionDeclaration:exit': leave,
      'FunctionExpression:exit': leave,
      'ArrowFunctionExpression:exit': leave,
    }
  },
}

function isNamed(node) {
  return (
    node.type === 'FunctionDeclaration' ||
    ['VariableDeclarator', 'Property', 'MethodDefinition'].includes(node.parent.type)
  )
}

function nameOf(node) {
  const name = node.id?.name ?? node.parent.id?.name ?? node.parent.key?.name
  return name === undefined ? 'This function' : `'${name}'`
}

/** Lines with code: blank ones and comments cost nothing. */
function codeLines(sourceCode, first, last) {
  const commented = new Set()
  for (const { loc } of sourceCode.getAllComments()) {
    for (let line = loc.start.line; line <= loc.end.line; line += 1) {
      if (/^\s*(?:\/\/|\/\*|\*)/.test(sourceCode.lines[line - 1])) commented.add(line)
    }
  }
  let count = 0
  for (let line = first; line <= last; line += 1) {
    if (!commented.has(line) && sourceCode.lines[line - 1].trim() !== '') count += 1
  }
  return count
}
