/** The playground in Chromium, as a person uses it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousFindings } from '../browser/accessible.ts'
import { standingOf } from '../required.ts'
import { type OpenOptions, type OpenPlayground, Playground, panel, root, status, write } from './site.ts'

const standing = await standingOf('chromium')

const spec = `import { bert_base, tinybert_4 } from "std/bert.distill"
teacher T : bert_base {}
student S : tinybert_4 {}
loss states = mse(S.hiden[4], T.hidden[12])
`

describe.skipIf(standing.kind === 'skipped')('the playground', () => {
  let playground: Playground

  beforeAll(async () => {
    playground = await Playground.start()
  })
  afterAll(() => playground?.stop())

  /** Opens a page, and expects that nothing was logged. */
  async function using(
    use: (opened: OpenPlayground) => Promise<void>,
    options: OpenOptions = {},
  ): Promise<void> {
    const opened = await playground.open({ width: 1280, height: 800 }, options)
    try {
      await status(opened.page, 'nothing wrong')
      await use(opened)
      expect(opened.log).toEqual([])
    } finally {
      await opened.close()
    }
  }

  it('shows a mistake where it is, and takes the remedy', () =>
    using(async ({ page }) => {
      await write(page, spec)
      await status(page, '1 error')
      expect(await panel(page)).toContain('did you mean `hidden`?')
      expect(await page.locator('.cm-lintRange-error').innerText()).toContain('hiden')
      await page.getByRole('button', { name: 'Write hidden' }).click()
      await page.waitForFunction("!document.querySelector('.cm-content').innerText.includes('hiden')")
      // Another one was hidden by it.
      await page.waitForFunction("document.getElementById('panel').innerText.includes('E0312')")
    }))

  it('says what a name is, and completes names', () =>
    using(async ({ page }) => {
      await page.getByText('small_bert', { exact: false }).first().hover()
      await page.locator('.cm-line', { hasText: 'model small_bert' }).hover({ position: { x: 70, y: 8 } })
      await page.locator('.said').waitFor()
      expect(await page.locator('.said').innerText()).toContain('91,236,864 parameters')
      await page.locator('.cm-line').last().click()
      await page.keyboard.type('loss more = soft')
      await page.locator('.cm-tooltip-autocomplete').waitFor()
      expect(await page.locator('.cm-tooltip-autocomplete').innerText()).toContain('soften')
    }))

  it('draws the graph of a stage, which answers a click', () =>
    using(async ({ page }) => {
      await page.click('#tab-graph')
      const graph = page.frameLocator('#panel iframe')
      await graph.locator('#view svg').waitFor({ timeout: 30_000 })
      await graph.locator('.node', { hasText: 'distilled' }).first().click()
      expect(await graph.locator('#side').innerText()).toContain('distilled')
      await page.selectOption('#stage', 'learn')
      await graph.locator('.node', { hasText: 'learned' }).first().waitFor({ timeout: 30_000 })
    }))

  it('prints the plan, the report and the program as the commands do', () =>
    using(async ({ page }) => {
      const shown = async (tab: string, first: string): Promise<string> => {
        await page.click(`#tab-${tab}`)
        await page.waitForFunction(
          `document.getElementById('panel').innerText.startsWith(${JSON.stringify(first)})`,
          null,
          { timeout: 60_000 },
        )
        return (await page.locator('#panel pre').textContent()) ?? ''
      }
      const distill = async (...given: readonly string[]): Promise<string> =>
        (
          await promisify(execFile)(process.execPath, ['dist/distill.js', ...given], {
            cwd: root,
            maxBuffer: 2 ** 26,
          })
        ).stdout
      expect(await shown('plan', 'plan distil')).toBe(
        await distill(
          'compile',
          'specs/demo.distill',
          '--stage',
          'distil',
          '--emit',
          'plan',
          '--backend',
          'wasm',
        ),
      )
      expect(await shown('trainer', '/**')).toBe(
        await distill('compile', 'specs/demo.distill', '--emit', 'trainer'),
      )
      expect(await shown('explain', 'specs/demo.distill')).toContain(
        'K starts from T as stage learn has trained it',
      )
    }))

  it('shares a spec in a link', () =>
    using(async ({ page }) => {
      const text = '/// \u00fc, \u4e2d and <b>\ndef f(x) = mean(x)\n'
      await write(page, text)
      await page.click('#share')
      await page.waitForFunction("location.hash.startsWith('#text=')")
      const { hash } = new URL(page.url())
      await using(
        async (other) => {
          expect(await other.page.locator('#name').innerText()).toBe('specs/demo.distill')
          expect(await other.page.locator('.cm-content').innerText()).toContain('\u4e2d and <b>')
        },
        { fragment: hash },
      )
    }))

  it('says that a link is damaged', () =>
    using(
      async ({ page }) => {
        expect(await page.locator('#notice').innerText()).toBe(
          'The link is damaged: no spec can be read from it.',
        )
        expect(await page.locator('.cm-content').innerText()).toContain("Distill's demo")
      },
      { fragment: '#text=AAAA' },
    ))

  it('refuses a text of 10 MB, and goes on', () =>
    using(async ({ page }) => {
      await write(page, 'x'.repeat(10_000_000))
      await page.waitForFunction("!document.getElementById('notice').hidden")
      expect(await page.locator('#notice').innerText()).toBe(
        'A text of 10,000,000 characters was not taken: a spec has at most 500,000.',
      )
      await write(page, spec)
      await status(page, '1 error')
    }))

  it('works where a browser keeps nothing', () =>
    using(
      async ({ page }) => {
        await page.click('#look')
        expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
      },
      {
        prepare: (page) =>
          page.addInitScript(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })",
          ),
      },
    ))

  it('starts a compiler again that does not answer', async () => {
    let starts = 0
    const { page, log, close } = await playground.open(undefined, {
      prepare: (page) =>
        page.route('**/worker.js', (route) =>
          starts++ === 0
            ? route.fulfill({
                contentType: 'text/javascript',
                body: 'onmessage = () => { for (;;); }',
                headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' },
              })
            : route.continue(),
        ),
    })
    await page.waitForFunction("!document.getElementById('notice').hidden", null, { timeout: 20_000 })
    expect(await page.locator('#notice').innerText()).toBe(
      'The compiler had no answer after 10 seconds and was started again.',
    )
    await write(page, spec)
    await status(page, '1 error')
    expect(log).toEqual([])
    await close()
  })

  it(
    'opens every example; JSON is what the command prints',
    () =>
      using(async ({ page }) => {
        const values: string[] = JSON.parse(
          String(
            await page.evaluate(
              "JSON.stringify([...document.querySelectorAll('#examples option')].map((one) => one.value).filter((one) => one !== ''))",
            ),
          ),
        )
        expect(values.length).toBeGreaterThan(60)
        await page.click('#tab-json')
        for (const value of values) {
          await page.evaluate("document.getElementById('status').textContent = ''")
          await page.selectOption('#examples', value)
          await page.waitForFunction("document.getElementById('status').textContent !== ''")
          const [kind, path = ''] = value.split(':')
          const json = (await page.locator('#panel pre').textContent()) ?? ''
          if (kind !== 'spec') {
            expect([value, JSON.parse(json)]).toEqual([value, []])
            continue
          }
          const printed = await promisify(execFile)(
            process.execPath,
            ['dist/distill.js', 'check', '--json', '--no-files', path],
            { cwd: root },
          )
          expect([path, json]).toEqual([path, printed.stdout])
        }
      }),
    180_000,
  )

  it('has less than 400 kB to load before a graph or a program is asked for', async () => {
    const loaded = new Set<string>()
    await using(
      async ({ page }) => {
        await page.click('#tab-explain')
        await page.waitForFunction("document.getElementById('panel').innerText.startsWith('specs/demo')")
        await page.click('#tab-plan')
        await page.waitForFunction("document.getElementById('panel').innerText.startsWith('plan')")
      },
      {
        prepare: async (page) => {
          page.on('request', (request) => loaded.add(new URL(request.url()).pathname))
        },
      },
    )
    const files = [...loaded].map((path) => join(root, 'dist', path.replace('/below/', '')))
    const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
    expect(bytes).toBeLessThan(400_000)
    const [, written = ''] =
      /playground loads (\d+) kB/.exec(readFileSync(join(root, 'docs/performance.md'), 'utf8')) ?? []
    expect(Math.abs(Number(written) - bytes / 1000)).toBeLessThan(10)
  })

  it('moves between tabs by keys', () =>
    using(async ({ page }) => {
      await page.locator('#tab-check').focus()
      await page.keyboard.press('ArrowRight')
      expect(await page.evaluate('document.activeElement.id')).toBe('tab-explain')
      await page.keyboard.press('End')
      expect(await page.evaluate('document.activeElement.id')).toBe('tab-json')
      expect(await page.locator('#panel').getAttribute('aria-labelledby')).toBe('tab-json')
      await page.keyboard.press('ArrowRight')
      expect(await page.evaluate('document.activeElement.id')).toBe('tab-check')
    }))

  it.each(
    [500, 900, 1600].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme }))),
  )('is readable at $width pixels, $scheme', async ({ width, scheme }) => {
    const { page, log, close } = await playground.open({ width, height: 800, scheme })
    await status(page, 'nothing wrong')
    await write(page, spec)
    await status(page, '1 error')
    await page.getByRole('button', { name: 'Write hidden' }).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    const run = (script: string) => page.evaluate(`(async () => {${script}})()`)
    expect(await seriousFindings({ run })).toEqual([])
    expect(log).toEqual([])
    await close()
  })
})
