/** The playground as a static host serves it, under a path of its own, and pages of it in Chromium. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumPath, type Look } from '../browser/chromium.ts'
import { type Site, serve } from '../browser/server.ts'

export const root = join(import.meta.dirname, '../..')

export interface OpenPlayground {
  readonly page: Page
  /** What the page logged or threw. */
  readonly log: readonly string[]
  close(): Promise<void>
}

export class Playground {
  private readonly site: Site
  private readonly browser: Browser

  private constructor(site: Site, browser: Browser) {
    this.site = site
    this.browser = browser
  }

  /** Builds it first. */
  static async start(): Promise<Playground> {
    await promisify(execFile)('npm', ['run', '--silent', 'playground'], { cwd: root })
    const executablePath = chromiumPath()
    if (executablePath === undefined) throw new Error('no Chromium')
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    return new Playground(await serve({ below: join(root, 'dist') }), browser)
  }

  get address(): string {
    return `${this.site.address}/below/playground/index.html`
  }

  /** @param prepare is called before the page is loaded */
  async open(
    { width, height, scheme = 'light' }: Look = { width: 1280, height: 800 },
    { fragment = '', prepare = async () => {} }: OpenOptions = {},
  ): Promise<OpenPlayground> {
    const context = await this.browser.newContext({ viewport: { width, height }, colorScheme: scheme })
    const page = await context.newPage()
    const log: string[] = []
    page.on('console', (message) => log.push(message.text()))
    page.on('pageerror', (error) => log.push(error.message))
    await prepare(page)
    await page.goto(`${this.address}${fragment}`)
    return { page, log, close: () => context.close() }
  }

  async stop(): Promise<void> {
    await this.browser.close()
    this.site.close()
  }
}

export interface OpenOptions {
  /** `#...` */
  readonly fragment?: string
  readonly prepare?: (page: Page) => Promise<unknown>
}

/** Waits until the status is this. */
export async function status(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    `document.getElementById('status').textContent === ${JSON.stringify(text)}`,
    null,
    {
      timeout: 20_000,
    },
  )
}

export function panel(page: Page): Promise<string> {
  return page.locator('#panel').innerText()
}

/** Replaces the text of the editor, as one pastes. */
export async function write(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+A')
  await page.evaluate(
    `{
      const data = new DataTransfer()
      data.setData('text/plain', ${JSON.stringify(text)})
      document.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }`,
  )
}
