/** `distill watch` and `train --open` as processes: they end when they should, and a training goes on without the page. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { distill } from '../distill.ts'
import { logSteps, madeRun } from '../watch/made-run.ts'

const tool = resolve('dist/distill.js')
const home = mkdtempSync(join(tmpdir(), 'watch-'))
afterAll(() => rmSync(home, { recursive: true }))

/** No desktop, so that no browser opens. */
const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }

async function start(...words: string[]): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [tool, 'watch', ...words], { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const [line] = await once(child.stdout, 'data')
  return { child, address: `${line}`.trim() }
}

describe('distill watch', () => {
  it('prints the address, and stops with success at SIGTERM', async () => {
    const run = madeRun(join(home, 'run'))
    logSteps(run, 20, 40)
    const { child, address } = await start(run.path, '--open')
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(await (await fetch(address)).text()).toContain('40 of 200 steps')
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('refuses what is no run', async () => {
    expect(await distill(['watch', join(home, 'nothing')])).toMatchObject({
      status: 2,
      err: expect.stringMatching(/E1107.*is not there/),
    })
  })
})

describe('train --open', () => {
  it('says the address of another process, which ends after it', async () => {
    const words = [
      'train',
      'test/fixtures/tiny/tiny.distill',
      '--out',
      join(home, 'opened'),
      '--backend',
      'wasm',
      '--open',
    ]
    const child = spawn(process.execPath, [tool, ...words], { env })
    let said = ''
    let page = ''
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString()
      const [address] = /(?<=watch it: )http:\S+/.exec(said) ?? []
      if (page !== '' || address === undefined) return
      page = address
      // Without a page, the training must still end.
      child.stdin.end()
    })
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(existsSync(join(home, 'opened/report.json'))).toBe(true)
    expect(said).toMatch(/watch it: http:\/\/127\.0\.0\.1:\d+\//)
    expect(await (await fetch(page)).text()).toContain('<b>Finished</b>')
    await expect
      .poll(
        () =>
          fetch(page).then(
            () => 'open',
            () => 'closed',
          ),
        { timeout: 30_000, interval: 1000 },
      )
      .toBe('closed')
  })
})
