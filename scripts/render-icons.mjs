// Draws the PNG icons from public/icons/mark.svg; run by hand when the mark changes: `node scripts/render-icons.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright'
import { chromiumLaunchOptions } from './browser.mjs'

const MARK = readFileSync('public/icons/mark.svg', 'utf8')
// iPadOS and Android cut their own corners: what they get is filled to the edge, the mark inside the safe zone.
const FULL_BLEED = MARK.replace('rx="112"', 'rx="0"')

const ICONS = [
  { file: 'icon-192.png', size: 192, svg: MARK, scale: 1 },
  { file: 'icon-512.png', size: 512, svg: MARK, scale: 1 },
  { file: 'maskable-512.png', size: 512, svg: FULL_BLEED, scale: 0.8 },
  { file: 'apple-touch-icon.png', size: 180, svg: FULL_BLEED, scale: 0.9 },
]

const browser = await chromium.launch(chromiumLaunchOptions())
const page = await browser.newPage()
for (const { file, size, svg, scale } of ICONS) {
  await page.setViewportSize({ width: size, height: size })
  const background = scale === 1 ? 'transparent' : '#0F6B5C'
  await page.setContent(
    `<style>html,body{margin:0;height:100%;background:${background};display:grid;place-items:center}` +
      `svg{width:${size * scale}px;height:${size * scale}px}</style>${svg}`,
  )
  writeFileSync(`public/icons/${file}`, await page.screenshot({ omitBackground: true }))
  console.log(`public/icons/${file} ${size}×${size}`)
}
await browser.close()
