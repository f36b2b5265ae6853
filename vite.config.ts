// Build of the app: page, sync worker and service worker; in development the server's API is proxied in.
import { readFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

// Read and taken apart by hand: an import of JSON would pull the whole file into the config's type.
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const serverOrigin = process.env['SHELFCOUNT_SERVER'] ?? 'http://localhost:8080'

export default defineConfig({
  define: { 'import.meta.env.VITE_APP_VERSION': JSON.stringify(version) },
  plugins: [
    vue(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/sw',
      filename: 'sw.ts',
      // A new version waits until it is told to go on: docs/adr/0011-updates-wait.md.
      registerType: 'prompt',
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,wasm,woff2}'],
        // The default of 2 MiB fails the build for one big chunk; 4 MiB still notices a mistake.
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      },
      manifest: {
        id: '/',
        name: 'Shelfcount',
        short_name: 'Shelfcount',
        description: 'Count stock with a scanner, all day, without a network.',
        lang: 'en',
        dir: 'ltr',
        start_url: '/counts',
        scope: '/',
        display: 'standalone',
        orientation: 'any',
        background_color: '#F6F7F7',
        theme_color: '#0F6B5C',
        categories: ['business', 'productivity'],
        icons: [
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          {
            src: '/icons/maskable-512.png',
            sizes: '512x512',
            type: 'image/png',
            purpose: 'maskable',
          },
          { src: '/icons/mark.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
        ],
      },
    }),
  ],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Small pictures and wasm must stay files: the Content-Security-Policy knows no data: URLs for them.
    assetsInlineLimit: 0,
    // scripts/page-size.mjs follows it from index.html to the counting screen.
    manifest: true,
    sourcemap: false,
  },
  server: {
    proxy: { '/rest': serverOrigin, '/__faults': serverOrigin },
  },
})
