/** The page of the VS Code extension in headless Chromium: the picture under its policy, by pointer and by keyboard, light, dark and with high contrast. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { graphPage } from '../../editors/vscode/src/graph-page.ts'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { drawing } from '../../src/language/drawing.ts'
import { Workspace } from '../../src/language/workspace.ts'
import { seriousFindings } from './accessible.ts'
import { chromiumPath } from './chromium.ts'

const executablePath = chromiumPath()
const file = join(mkdtempSync(join(tmpdir(), 'vscode-page-')), 'page.html')
writeFileSync(file, graphPage('nonce'))
const spec = new URL('../../specs/demo.distill', import.meta.url).pathname
const workspace = new Workspace({ files: filesOnDisk })
workspace.set(spec, readFileSync(spec, 'utf8'))
const answer = await drawing(
  { workspace, uriOf: (path) => path, capabilities: await capabilitiesOf('native') },
  spec,
)
if ('reason' in answer) throw new Error(answer.reason)
const boxes = Object.fromEntries(
  Object.entries(answer.boxes).map(([id, places]) => [
    id,
    places.map(({ text, range }) => ({ text, at: `demo.distill:${range.start.line + 1}` })),
  ]),
)
const declaredBy = (text: string): readonly string[] =>
  Object.entries(boxes).flatMap(([id, [first]]) => (first?.text === text ? [id] : []))
const [loss = ''] = declaredBy('distilled')

/** Colours as VS Code gives them. */
const themes = {
  'vscode-light': ['#ffffff', '#3b3b3b'],
  'vscode-dark': ['#1f1f1f', '#cccccc'],
  'vscode-high-contrast': ['#000000', '#ffffff'],
} as const
const names = ['editor', 'dropdown'].flatMap((part) => [`${part}-background`, `${part}-foreground`])

/** @returns what the page logged or threw */
async function withPage(
  theme: keyof typeof themes,
  use: (page: Page) => Promise<void>,
): Promise<readonly string[]> {
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage({ viewport: { width: 700, height: 800 } })
    const log: string[] = []
    page.on('console', (message) => log.push(message.text()))
    page.on('pageerror', (error) => log.push(error.message))
    await page.addInitScript(`
      window.sent = []
      window.acquireVsCodeApi = () => ({ postMessage: (message) => sent.push(message) })
      addEventListener('DOMContentLoaded', () => {
        document.body.className = '${theme}';
        ${JSON.stringify(names)}.forEach((name, i) => document.documentElement.style.setProperty('--vscode-' + name, ${JSON.stringify(themes[theme])}[i % 2]))
      })`)
    await page.goto(`file://${file}`)
    await post(page, { kind: 'drawing', ...answer, boxes })
    await page.locator(`#${loss}`).waitFor()
    await use(page)
    return log
  } finally {
    await browser.close()
  }
}
const post = (page: Page, message: unknown): Promise<unknown> =>
  page.evaluate(`new Promise((done) => {
    postMessage(${JSON.stringify(message)})
    setTimeout(done, 50)
  })`)
const sent = (page: Page): Promise<unknown> => page.evaluate('sent.splice(0)')

describe.skipIf(executablePath === undefined)('the graph beside a text', () => {
  it.each(['vscode-light', 'vscode-dark', 'vscode-high-contrast'] as const)(
    'leads to the text and back: %s',
    async (theme) => {
      const log = await withPage(theme, async (page) => {
        expect(await sent(page)).toEqual([{ kind: 'ready' }])
        await page.locator(`#${loss}`).click()
        expect(await sent(page)).toEqual([{ kind: 'open', box: loss, place: 0 }])
        await page.locator(`#${loss}`).focus()
        await page.keyboard.press('Enter')
        expect(await sent(page)).toEqual([{ kind: 'open', box: loss, place: 0 }])
        await page.keyboard.press('Space')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        expect(await sent(page)).toEqual([{ kind: 'open', box: loss, place: 1 }])
        const ofStudent = declaredBy('S')
        await post(page, { kind: 'mark', boxes: ofStudent })
        expect(await page.locator('#stage .here').count()).toBe(ofStudent.length)
        await page.locator('#stages').selectOption('learn')
        expect(await sent(page)).toEqual([{ kind: 'stage', name: 'learn' }])
        const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
        const [red = ''] = themes[theme]
        expect(background).toBe(
          `rgb(${Array(3)
            .fill(Number.parseInt(red.slice(1, 3), 16))
            .join(', ')})`,
        )
        const run = (script: string): Promise<unknown> => page.evaluate(`(async () => {${script}})()`)
        expect(await seriousFindings({ run })).toEqual([])
      })
      expect(log).toEqual([])
    },
  )
  it('keeps the picture, its place and the focus while the text changes', async () => {
    const log = await withPage('vscode-dark', async (page) => {
      await page.locator('#larger').click()
      const size = () => page.evaluate('stage.offsetWidth')
      const larger = await size()
      await page.locator(`#${loss}`).focus()
      await post(page, { kind: 'absent', reason: 'the spec has errors' })
      expect(await page.locator('#absent').textContent()).toBe('the spec has errors')
      await post(page, { kind: 'drawing', ...answer, boxes })
      expect(await page.locator('#absent').isVisible()).toBe(false)
      expect([await size(), await page.evaluate('document.activeElement.id')]).toEqual([larger, loss])
    })
    expect(log).toEqual([])
  })
  it('runs no script and loads no image that a picture brings', async () => {
    const foreign = '<script>window.ran = 1</script><image href="x.png" onload="window.ran = 1"/></svg>'
    const log = await withPage('vscode-light', async (page) => {
      await post(page, { kind: 'drawing', ...answer, svg: answer.svg.replace('</svg>', foreign), boxes })
      expect(await page.locator('#stage image').count()).toBe(1)
      expect(await page.evaluate('window.ran')).toBeUndefined()
    })
    expect(log.length).toBeGreaterThan(0)
    expect(log.filter((line) => !line.includes('Content Security Policy'))).toEqual([])
  })
})
