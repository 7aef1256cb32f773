/** The page of `distill watch` in Chromium: it follows a run, at any width, light and dark, without an error. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { RunFolder } from '../../src/train/run-folder.ts'
import { openWatch, type WatchServer } from '../../src/watch/server.ts'
import { standingOf } from '../required.ts'
import { logScore, logSteps, madeRun } from '../watch/made-run.ts'
import { seriousFindings } from './accessible.ts'
import { type Look, type OpenPage, open } from './chromium.ts'

const standing = await standingOf('chromium')

const looks = [1280, 500].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, height: 900, scheme })),
)

describe.skipIf(standing.kind === 'skipped')('the page of a run', () => {
  const home = mkdtempSync(join(tmpdir(), 'distill-watch-page-'))
  afterAll(() => rmSync(home, { recursive: true }))
  let count = 0

  async function watching(
    look: Look,
    use: (run: RunFolder, page: OpenPage, server: WatchServer) => Promise<void>,
  ): Promise<void> {
    const folder = madeRun(join(home, `run-${count++}`))
    const server = await openWatch(folder.path, { port: 0, interval: 50 })
    const page = await open(server.address, look)
    try {
      await use(folder, page, server)
    } finally {
      await page.close()
      await server.close()
    }
  }
  const shown = ({ run }: OpenPage) =>
    expect.poll(() => run('return document.body.innerText'), { timeout: 10_000 })

  it.each(looks)('follows it at $width pixels, $scheme', (look) =>
    watching(look, async (folder, page) => {
      await shown(page).toContain('The run has logged nothing yet')
      logSteps(folder, 20, 100)
      await shown(page).toContain('of 200 steps, 50%')
      await shown(page).not.toContain('The run has logged nothing yet')
      await page.run("document.querySelector('#stage-1 .scroll').focus()")
      logScore(folder, 100, 0.75)
      await shown(page).toContain('accuracy of S')
      logSteps(folder, 120, 140)
      await shown(page).toContain('of 200 steps, 70%')
      // What has the focus keeps it, though its part was replaced.
      if (look.width === 500)
        expect(await page.run('return document.activeElement.className')).toContain('scroll')
      expect(await page.run('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
        0,
      )
      expect(await page.run("return document.getElementById('lost').hidden")).toBe(true)
      expect(await seriousFindings(page)).toEqual([])
      expect(page.log).toEqual([])
    }),
  )

  it('says its state to a screen reader, at most every ten seconds', () =>
    watching({ width: 1280, height: 900 }, async (folder, page) => {
      const said = () => page.run("return document.querySelector('[aria-live=polite]').textContent")
      const before = await said()
      logSteps(folder, 20, 40)
      await shown(page).toContain('of 200 steps, 20%')
      expect(await said()).toBe(before)
      await expect.poll(said, { timeout: 12_000 }).toContain('stage distil 40 of 200 steps, 20%')
    }))

  it('says that the connection is lost', () =>
    watching({ width: 1280, height: 900 }, async (folder, page, server) => {
      logSteps(folder, 20, 40)
      await shown(page).toContain('of 200 steps, 20%')
      await server.close()
      await shown(page).toContain('The training goes on without it')
    }))
})
