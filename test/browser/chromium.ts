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

export interface Look {
  readonly width: number
  readonly height: number
  /** What the reader prefers. */
  readonly scheme?: 'light' | 'dark'
  /** Whether scripts of the page run, as they do by default. */
  readonly scripts?: boolean
}

/** An empty page of `address`, in a browser of its own. */
export function openPage(address: string): Promise<OpenPage> {
  return open(`${address}/`)
}

/** A page in a browser of its own. */
export async function open(url: string, look: Look = { width: 1280, height: 720 }): Promise<OpenPage> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error('no Chromium')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const { width, height, scheme = 'light', scripts = true } = look
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
  })
  const log: string[] = []
  page.on('console', (message) => log.push(message.text()))
  page.on('pageerror', (error) => log.push(error.message))
  page.on('dialog', (dialog) => {
    log.push(dialog.message())
    return dialog.dismiss()
  })
  await page.goto(url)
  const run = (script: string, given: unknown = null): Promise<unknown> =>
    page.evaluate(`(async (given) => {${script}})(${JSON.stringify(given)})`)
  return { run, log, close: () => browser.close() }
}
