// Lint: what the type checker and the formatter do not see. Each project rule says what to do instead.
import { vueTsConfigs, withVueTs } from '@vue/eslint-config-typescript'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import { maxOwnLines } from './scripts/lint/max-own-lines.mjs'

const NO_OWN_CLOCK = [
  ['Date', 'now', 'Take the time from the Clock that you are given: src/domain/time-and-ids.ts.'],
  ['Math', 'random', 'Take chance from the IdSource or the random number that you are given.'],
  [
    'crypto',
    'randomUUID',
    'Take ids from the IdSource that you are given: src/domain/time-and-ids.ts.',
  ],
].map(([object, property, message]) => ({ object, property, message }))

const NO_SWALLOWING = {
  selector: 'CatchClause > BlockStatement[body.length=0]',
  message: 'Name the failure and handle it in its one place, or let it through.',
}
// A catch that lets the unexpected through may turn the expected failure into "there is none".
const NO_EMPTY_ANSWER = {
  selector: [
    'CatchClause:not(:has(ThrowStatement)) > BlockStatement > ReturnStatement[argument.type="Literal"]:matches([argument.raw="null"], [argument.raw="0"])',
    'CatchClause:not(:has(ThrowStatement)) > BlockStatement > ReturnStatement[argument.type="ArrayExpression"][argument.elements.length=0]',
    'CatchClause > BlockStatement[body.length=1] > ReturnStatement[argument=null]',
  ].join(', '),
  message: 'A failure is not an empty answer: return a reason, or throw a named error.',
}
const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that it is called the same everywhere.',
}
const TODO_WITH_NUMBER = {
  terms: ['fixme', 'xxx'],
  location: 'anywhere',
}
const CORE = ['src/domain/**', 'src/ports/**', 'src/contract/**', 'src/usecases/**', 'src/sync/**']
/** Where the real clock, chance and log come from. */
const COMPOSITION_ROOTS = [
  'src/main.ts',
  'src/worker/sync.worker.ts',
  'src/worker/platform.ts',
  'server-mock/main.ts',
]
const PRODUCT = ['src/**/*.{ts,vue}', 'server-mock/**/*.ts']
const TESTS = ['tests/**', 'e2e/**', 'bench/**']

export default withVueTs(
  {
    ignores: [
      'dist/**',
      'coverage/**',
      '.data/**',
      'test-results/**',
      'playwright-report/**',
      'node_modules/**',
    ],
  },
  vue.configs['flat/recommended'],
  accessibility.configs['flat/recommended'],
  vueTsConfigs.strictTypeChecked,
  {
    name: 'shelfcount/everywhere',
    plugins: { shelfcount: { rules: { 'max-own-lines': maxOwnLines } } },
    rules: {
      'no-warning-comments': ['error', TODO_WITH_NUMBER],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', NO_SWALLOWING],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // A number in a text is what it says.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => close()` is clear enough where nobody looks at the answer.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Ports are often satisfied without waiting; the interface still promises a promise.
      '@typescript-eslint/require-await': 'off',
      // Branded numbers are numbers; a barcode is taken apart by characters on purpose.
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      // Narrowing survives an await, the world does not: `signal.aborted` may have changed since it was looked at.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An abort signal's reason, and what was caught before, go on as they are.
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      // Generics that appear once still name the type at the place of the call.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    name: 'shelfcount/product',
    files: PRODUCT,
    rules: {
      'max-lines': ['error', { max: 400 }],
      'shelfcount/max-own-lines': ['error', { max: 70 }],
      complexity: ['error', 15],
      'max-params': ['error', 5],
      'no-console': 'error',
      'no-restricted-properties': ['error', ...NO_OWN_CLOCK],
      'no-restricted-syntax': ['error', NO_SWALLOWING, NO_EMPTY_ANSWER, NO_DEFAULT_EXPORT],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true },
      ],
    },
  },
  {
    name: 'shelfcount/core',
    files: CORE,
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'fetch',
          'console',
          'window',
          'document',
          'navigator',
          'localStorage',
          'indexedDB',
          'setTimeout',
          'setInterval',
          'queueMicrotask',
        ].map((name) => ({
          name,
          message: 'The core sees the world through src/ports: have it handed in.',
        })),
      ],
    },
  },
  {
    name: 'shelfcount/edges',
    files: COMPOSITION_ROOTS,
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    name: 'shelfcount/vue',
    files: ['src/**/*.vue'],
    rules: {
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterView', 'RouterLink'] }],
      'vue/no-undef-properties': 'error',
      'vue/no-v-html': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-required-prop-with-default': 'error',
      'vue/require-typed-ref': 'error',
      'vue/padding-line-between-blocks': 'error',
      'vue/html-button-has-type': 'error',
      'vue/prefer-true-attribute-shorthand': 'error',
      'no-restricted-syntax': ['error', NO_SWALLOWING, NO_EMPTY_ANSWER],
      // Optional props are undefined when left out, and their type says so.
      'vue/require-default-prop': 'off',
      // Our own widgets render a real control inside the label; the rule sees native ones only.
      'vuejs-accessibility/label-has-for': [
        'error',
        { required: { some: ['nesting', 'id'] }, allowChildren: true },
      ],
      // The scan field takes the focus on purpose: that is what a scanner needs.
      'vuejs-accessibility/no-autofocus': 'off',
      ...formatterDecides(),
    },
  },
  {
    name: 'shelfcount/root component',
    files: ['src/App.vue'],
    rules: { 'vue/multi-word-component-names': 'off' },
  },
  {
    name: 'shelfcount/tests',
    files: TESTS,
    rules: {
      'no-restricted-syntax': [
        'error',
        NO_SWALLOWING,
        {
          selector:
            "CallExpression[callee.object.name='vi'][callee.property.name=/^(?:mock|doMock)$/] > Literal[value=/^\\./]",
          message: 'Hand a fake in through the port: our own modules are not mocked.',
        },
        {
          selector:
            'CallExpression[callee.name=/^(?:it|test)$/] > Literal:first-child[value=/\\b(?:should|works)\\b/]',
          message: 'Say what is so: a title is a sentence of docs/SPEC.md.',
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'shelfcount/config files',
    files: ['*.config.{js,ts}'],
    rules: { 'no-restricted-syntax': ['error', NO_SWALLOWING] },
  },
  {
    // Plain JavaScript of the house: no types to check with, its shapes are in JSDoc.
    name: 'shelfcount/scripts',
    files: ['**/*.{js,mjs}'],
    ...untyped(),
  },
)

/** vue layout rules of the recommended set: oxfmt has the last word on white space. */
function formatterDecides() {
  const names = [
    'attributes-order',
    'first-attribute-linebreak',
    'html-closing-bracket-newline',
    'html-closing-bracket-spacing',
    'html-indent',
    'html-quotes',
    'html-self-closing',
    'max-attributes-per-line',
    'multiline-html-element-content-newline',
    'mustache-interpolation-spacing',
    'no-multi-spaces',
    'no-spaces-around-equal-signs-in-attribute',
    'singleline-html-element-content-newline',
  ]
  return Object.fromEntries(names.map((name) => [`vue/${name}`, 'off']))
}

function untyped() {
  return { extends: [vueTsConfigs.disableTypeChecked] }
}
