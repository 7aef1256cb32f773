/** The page of `distill graph` in a browser: no error, no overflow of a narrow window, the colours that the reader prefers, and boxes that open. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { distill } from '../distill.ts'
import { seriousFindings } from './accessible.ts'
import { chromiumPath } from './chromium.ts'

const executablePath = chromiumPath()
const root = new URL('../..', import.meta.url).pathname

describe.skipIf(executablePath === undefined)('the page of a picture', () => {
  it.each([
    ['specs/albert-base-e128-all.distill', 'pretrain'],
    ['specs/demo.distill', 'distil'],
    ['specs/tinybert-4.distill', 'general'],
  ])('of %s opens on its stage %s, light and dark, wide and narrow', async (spec, stage) => {
    const file = join(mkdtempSync(join(tmpdir(), 'picture-')), 'page.html')
    const { status } = await distill(['graph', spec, '-o', file], { cwd: root })
    expect(status).toBe(0)
    expect(readFileSync(file, 'utf8')).toContain(`<h1>${spec}, stage ${stage}</h1>`)
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    try {
      const backgrounds = new Set<string>()
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1280, 500]) {
          const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
          const log: string[] = []
          page.on('console', (message) => log.push(message.text()))
          page.on('pageerror', (error) => log.push(error.message))
          await page.goto(`file://${file}`)
          backgrounds.add(String(await page.evaluate('getComputedStyle(document.body).backgroundColor')))
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
          const box = page.getByRole('button', { name: /^embedding,/ }).first()
          await box.focus()
          await page.keyboard.press('Enter')
          expect(await page.locator('#side h2').textContent()).toBe('embedding')
          await page.locator('#side .link').first().click()
          expect(await page.locator('#side dt').first().textContent()).toBe('operation')
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
          const run = (script: string): Promise<unknown> => page.evaluate(`(async () => {${script}})()`)
          expect(await seriousFindings({ run })).toEqual([])
          expect(log).toEqual([])
          await page.close()
        }
      }
      expect(backgrounds.size).toBe(2)
    } finally {
      await browser.close()
    }
  })
})
