/**
 * The page of a report in headless Chromium: no errors, nothing wider than the window, words that can be read,
 * and what works without scripts and by the keyboard.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportPage } from '../../src/report/page/page.ts'
import { type Size, synthetic } from '../report/synthetic.ts'
import { standingOf } from '../required.ts'
import { seriousFindings } from './accessible.ts'
import { type Look, type OpenPage, open } from './chromium.ts'

const standing = await standingOf('chromium')
const folder = mkdtempSync(join(tmpdir(), 'distill-report-'))

const sizes: Readonly<Record<string, Partial<Size>>> = {
  usual: { terms: 3, settings: 3 },
  large: {
    teacherLayers: 12,
    studentLayers: 4,
    classes: 150,
    stages: 8,
    terms: 6,
    runs: 5,
    settings: 4,
    seeds: 3,
    texts: 30,
  },
  hostile: { hostile: true, gaps: true, runs: 3, settings: 6, seeds: 2, terms: 2, texts: 3 },
  numbers: { numbers: true, seeds: 5 },
  tags: { task: 'tags', classes: 7, texts: 4, runs: 3 },
  spans: { task: 'spans', classes: 0, texts: 4 },
  least: { rows: 0, evaluations: 0, texts: 0, stages: 1 },
}

async function withPage(size: string, look: Look, use: (page: OpenPage) => Promise<void>): Promise<void> {
  const file = join(folder, `${size}.html`)
  writeFileSync(file, reportPage(synthetic(sizes[size]), { texts: true }))
  const page = await open(`file://${file}`, look)
  try {
    await use(page)
  } finally {
    await page.close()
  }
}

/** Words of charts that leave their picture, by more than a pixel and a half. */
const overflowing = `
  return [...document.querySelectorAll('svg text')].flatMap((text) => {
    const [own, whole] = [text, text.closest('svg')].map((one) => one.getBoundingClientRect())
    const by = Math.max(whole.left - own.left, own.right - whole.right, whole.top - own.top, own.bottom - whole.bottom)
    return own.width > 0 && by > 1.5 ? [text.textContent + ': ' + by.toFixed(1)] : []
  })`

/** Words of charts with less than 4.5:1 on what is under their middle: axe-core does not look at SVG. */
const faint = `
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number)
  const over = (top, alpha, below) => top.map((value, i) => value * alpha + below[i] * (1 - alpha))
  const luminance = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => {
    const value = rgb[i] / 255
    return sum + part * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  }, 0)
  const ground = (text, x, y) => {
    let [alpha, colour] = [0, [0, 0, 0]]
    for (const one of document.elementsFromPoint(x, y)) {
      if (one === text || one.localName === 'text' || one.localName === 'line') continue
      const style = getComputedStyle(one)
      const isShape = one.ownerSVGElement !== null && one.ownerSVGElement !== undefined
      const paint = parse(isShape ? style.fill : style.backgroundColor)
      if (isShape && style.fill === 'none') continue
      const own = (paint[3] ?? 1) * (isShape ? style.opacity : 1)
      colour = colour.map((value, i) => value + (1 - alpha) * own * paint[i])
      alpha += (1 - alpha) * own
      if (alpha > 0.99) break
    }
    return colour
  }
  return [...document.querySelectorAll('svg text')].flatMap((text) => {
    const box = text.getBoundingClientRect()
    if (box.width === 0 || text.classList.contains('halo')) return []
    const [ink, below] = [parse(getComputedStyle(text).fill), ground(text, box.left + box.width / 2, box.top + box.height / 2)]
    const [light, dark] = [luminance(ink), luminance(below)].sort((a, b) => b - a)
    const contrast = (light + 0.05) / (dark + 0.05)
    return contrast < 4.5 ? [text.textContent + ' (' + text.getAttribute('class') + '): ' + contrast.toFixed(2)] : []
  })`

const looks = [1280, 500].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, height: 900, scheme })),
)

describe.skipIf(standing.kind === 'skipped')('the page of a report', () => {
  describe.each(Object.keys(sizes))('%s', (size) => {
    it.each(looks)('at $width pixels, $scheme: no errors, no overflow', (look) =>
      withPage(size, look, async ({ run, log }) => {
        expect(await run('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
        expect(await run(overflowing)).toEqual([])
        expect(log).toEqual([])
      }),
    )

    it.each(looks)('at $width pixels, $scheme: axe-core finds nothing serious', (look) =>
      withPage(size, look, async (page) => expect(await seriousFindings(page)).toEqual([])),
    )

    it.each(['light', 'dark'] as const)('words of charts can be read, %s', (scheme) =>
      withPage(size, { width: 1280, height: 12_000, scheme }, async ({ run }) => {
        expect(await run(faint)).toEqual([])
      }),
    )
  })

  it('is whole without scripts: every list of texts, and no buttons that do nothing', () =>
    withPage('usual', { width: 1280, height: 900, scripts: false }, async ({ run }) => {
      const shown = `return ['Lost in distillation', 'Gained', 'Inherited mistakes', 'Furthest from T'].map((title) => {
        const heading = [...document.querySelectorAll('h3')].find(({ textContent }) => textContent === title)
        return heading.offsetHeight > 0 && heading.nextElementSibling.offsetHeight > 0
      })`
      expect(await run(shown)).toEqual([true, true, true, true])
      expect(
        await run(
          `return [...document.querySelectorAll('button')].filter((one) => one.offsetHeight > 0).length`,
        ),
      ).toBe(0)
    }))

  it('has tabs that arrow keys move between', () =>
    withPage('usual', { width: 1280, height: 900 }, async ({ run }) => {
      const state = `return [...document.querySelectorAll('[role=tab]')].map((tab) => [tab.tabIndex, tab.ariaSelected, document.getElementById(tab.getAttribute('aria-controls')).hidden, document.activeElement === tab].join(' '))`
      const press = (key: string): Promise<unknown> =>
        run(
          `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: given, bubbles: true }))`,
          key,
        )
      await run(`document.querySelector('[role=tab]').focus()`)
      await press('ArrowLeft')
      expect(await run(state)).toEqual([
        '-1 false true false',
        '-1 false true false',
        '-1 false true false',
        '0 true false true',
      ])
      await press('ArrowRight')
      expect(await run(state)).toEqual([
        '0 true false true',
        '-1 false true false',
        '-1 false true false',
        '-1 false true false',
      ])
    }))

  it('says under the pointer what a curve is there', () =>
    withPage('usual', { width: 1280, height: 3000 }, async ({ run }) => {
      const said = `
        const box = document.querySelector('[data-points]').getBoundingClientRect()
        const at = { clientX: box.left + box.width / 2, clientY: box.top + 40, bubbles: true }
        document.querySelector('[data-points]').dispatchEvent(new PointerEvent('pointermove', at))
        return document.getElementById('tip').textContent`
      expect(await run(said)).toMatch(/^step 1,880, loss \d\.\d+, gradient norm \d\.\d+, rate 0\.00\d+$/)
    }))

  it('turns dark and light by its button', () =>
    withPage('least', { width: 1280, height: 900, scheme: 'light' }, async ({ run }) => {
      const press = `document.getElementById('theme').click(); return getComputedStyle(document.body).backgroundColor`
      expect(await run(press)).toBe('rgb(15, 19, 25)')
      expect(await run(press)).toBe('rgb(246, 247, 249)')
    }))
})
