/** Headless Chromium: Debian's, or the one that `DISTILL_CHROMIUM` names. Nothing is downloaded. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export function chromiumPath(): string | undefined {
  return [process.env.DISTILL_CHROMIUM ?? '', ...places].find((place) => place !== '' && existsSync(place))
}

export interface OpenPage {
  /** What a script returns, as JSON; `given` is a value in it. Text, since a test's own functions are rewritten when it is loaded. */
  run(script: string, given?: unknown): Promise<unknown>
  /** What the page logged or threw. */
  readonly log: readonly string[]
  close(): Promise<void>
}

/** An empty page of `address`, in a browser of its own. */
export async function openPage(address: string): Promise<OpenPage> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error('no Chromium')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage()
  const log: string[] = []
  page.on('console', (message) => log.push(message.text()))
  page.on('pageerror', (error) => log.push(error.message))
  await page.goto(`${address}/`)
  const run = (script: string, given: unknown = null): Promise<unknown> =>
    page.evaluate(`(async (given) => {${script}})(${JSON.stringify(given)})`)
  return { run, log, close: () => browser.close() }
}
