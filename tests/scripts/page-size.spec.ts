// Proves that the size of a page is the size of everything it loads at once.
import { describe, expect, it } from 'vitest'
import { filesOf } from '../../scripts/page-size.mjs'

describe('the files of a page', () => {
  it('[HO7] are its chunk, what that imports, and their styles, each once', () => {
    const manifest = {
      'index.html': { file: 'assets/index.js', imports: ['_vue.js'], css: ['assets/index.css'] },
      'src/views/CountingView.vue': {
        file: 'assets/counting.js',
        imports: ['index.html', '_vue.js'],
        css: ['assets/counting.css'],
      },
      '_vue.js': { file: 'assets/vue.js' },
      'src/views/LoginView.vue': { file: 'assets/login.js' },
    }

    const files = filesOf(manifest, ['index.html', 'src/views/CountingView.vue'])

    expect(files.toSorted()).toEqual([
      'assets/counting.css',
      'assets/counting.js',
      'assets/index.css',
      'assets/index.js',
      'assets/vue.js',
    ])
  })
})
