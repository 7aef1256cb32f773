/** README.md as GitHub shows it, with its pictures: no error, no overflow, words that can be read, and names for what is no text. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { marked } from 'marked'
import { describe, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { seriousFindings } from './accessible.ts'
import { open } from './chromium.ts'

const standing = await standingOf('chromium')
const root = new URL('../..', import.meta.url).pathname

/** GitHub's colours and measures of text, code and tables. */
const style = `
  :root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --code: #f6f8fa; --line: #d1d9e0; --link: #0969da }
  @media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --paper: #0d1117; --code: #151b23; --line: #3d444d; --link: #4493f8 } }
  body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.5 sans-serif; overflow-wrap: break-word }
  main { max-width: 1012px; margin: 0 auto; padding: 32px; box-sizing: border-box }
  a { color: var(--link) }
  img { max-width: 100% }
  pre { background: var(--code); padding: 16px; overflow: auto; font-size: 85% }
  table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse }
  td, th { border: 1px solid var(--line); padding: 6px 13px }`

/** Links to headings work by the names that GitHub gives them; what scrolls can be reached by the keyboard. */
function rendered(): string {
  const body = String(marked.parse(readFileSync(join(root, 'README.md'), 'utf8'), { gfm: true }))
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<table tabindex="0">')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Distill</title><base href="file://${root}"><style>${style}</style></head><body><main>${body}</main></body></html>`
}

const pictures = `
  await Promise.all([...document.images].map((one) => one.decode()))
  return [...document.images].map(({ currentSrc, alt, naturalWidth }) => ({ file: currentSrc.split('/').at(-1), alt, isEmpty: naturalWidth === 0 }))`

const looks = [1280, 500].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, height: 900, scheme })),
)

describe.skipIf(standing.kind === 'skipped')('README', () => {
  it.each(looks)('at $width pixels, $scheme', async (look) => {
    const file = join(mkdtempSync(join(tmpdir(), 'readme-')), 'readme.html')
    writeFileSync(file, rendered())
    const page = await open(`file://${file}`, look)
    try {
      const shown = (await page.run(pictures)) as { file: string; alt: string; isEmpty: boolean }[]
      expect(shown.map((one) => one.file)).toEqual([
        `architecture-${look.scheme}.svg`,
        `report-${look.scheme}.png`,
      ])
      for (const { alt, isEmpty } of shown) {
        expect(alt.length).toBeGreaterThan(40)
        expect(isEmpty).toBe(false)
      }
      expect(await page.run('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
        0,
      )
      expect(await seriousFindings(page)).toEqual([])
      expect(page.log).toEqual([])
    } finally {
      await page.close()
    }
  })
})
