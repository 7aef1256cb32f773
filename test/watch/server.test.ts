/** What the page of `distill watch` shows of runs, and what its server refuses. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lockFolder } from '../../src/train/folder-lock.ts'
import { SweepFolder } from '../../src/train/sweep-folder.ts'
import { openWatch, type WatchServer } from '../../src/watch/server.ts'
import { logScore, logSteps, madeRun, time } from './made-run.ts'

const home = mkdtempSync(join(tmpdir(), 'distill-watch-'))
const servers: WatchServer[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
  rmSync(home, { recursive: true })
})

async function watch(folder: string): Promise<WatchServer> {
  const server = await openWatch(folder, { port: 0, interval: 20 })
  servers.push(server)
  return server
}

const text = async (address: string): Promise<string> => (await fetch(address)).text()

const partsSchema = z.object({
  elements: z.record(z.string(), z.string()),
  ids: z.array(z.string()),
  summary: z.string(),
})

/** The events of a page, one for each call. */
async function follow(address: string) {
  const response = await fetch(`${address}events`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  const next = async (): Promise<{ event: string; data: unknown }> => {
    for (;;) {
      const [, event = '', data = ''] = /event: (\w+)\ndata: (.*)\n\n/.exec(rest) ?? []
      if (event !== '') {
        rest = rest.slice(rest.indexOf(`${data}\n\n`) + data.length + 2)
        return { event, data: JSON.parse(data) }
      }
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) throw new Error('the events ended')
      rest += value
    }
  }
  const parts = async () => partsSchema.parse((await next()).data)
  return { response, next, parts, close: () => reader?.cancel() }
}

const ask = (address: string, headers: Record<string, string>, method = 'GET'): Promise<number | undefined> =>
  new Promise((done, fail) => {
    const asked = request(address, { headers, method }, (response) => {
      response.resume()
      done(response.statusCode)
    })
    asked.on('error', fail)
    asked.end()
  })

describe('the page of a run', () => {
  it('has its curves, its terms by their weights, and its state, without its script', async () => {
    const run = madeRun(join(home, 'finished'))
    logSteps(run, 20, 200)
    logScore(run, 200, 0.875)
    run.log({ event: 'of a later version', stage: 7 }, time(200))
    run.log({ event: 'finished' }, time(201))
    const { address } = await watch(run.path)
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const response = await fetch(address)
    const policy = response.headers.get('content-security-policy')
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; connect-src 'self'/,
    )
    const page = await response.text()
    expect(page).toContain('<b>Finished</b>, last logged 2026-12-01 21:08:53 UTC')
    expect(page).toContain('aria-label="Stage distil: loss 0.250 to 0.025 in 200 steps')
    expect(page).toContain('accuracy of S 87.5%')
    expect(page).toContain('Stage 2, distil')
    expect(page).toContain('3 × soft')
    expect(page).not.toMatch(/(src|href)="(?!data:,|#)/)
  })

  it('is sent what changes, and no more', async () => {
    const run = madeRun(join(home, 'live'))
    const lock = lockFolder(run.path)
    const { address } = await watch(run.path)
    expect(await text(address)).toContain('The run has logged nothing yet')
    const events = await follow(address)
    expect(events.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(await events.parts()).toMatchObject({ ids: ['state', 'empty'], summary: 'The run begins.' })
    logSteps(run, 20, 40)
    const first = await events.parts()
    expect(first.ids).toEqual(['state', 'stage-1'])
    expect(first.summary).toBe(
      'Training: stage distil 40 of 200 steps, 20%; loss 0.125; left of the stage 16 s at 10.0 steps a second.',
    )
    logScore(run, 40, 0.75)
    const second = await events.parts()
    expect(second.elements['stage-1']).toContain('accuracy of S 75.0%')
    lock.release()
    const third = await events.parts()
    expect(Object.keys(third.elements)).toEqual(['state'])
    expect(third.elements.state).toContain('Stopped before the end')
    await events.close()
  })

  it('shows a run that is resumed without what was written after its checkpoint', async () => {
    const run = madeRun(join(home, 'resumed'))
    logSteps(run, 20, 20)
    const checkpointed = run.logLength
    logSteps(run, 40, 60)
    const { address } = await watch(run.path)
    const events = await follow(address)
    expect((await events.parts()).summary).toContain('60 of 200 steps')
    run.cutLog(checkpointed)
    expect((await events.parts()).summary).toContain('20 of 200 steps')
    await events.close()
  })

  it('draws the log of a run whose spec cannot be read', async () => {
    const run = madeRun(join(home, 'without-spec'))
    rmSync(join(run.path, 'spec.json'))
    logSteps(run, 20, 40)
    const page = await text((await watch(run.path)).address)
    expect(page).toContain('Stage distil')
    expect(page).toContain('loss 0.250 to 0.125')
  })

  it('escapes what the files of a run say', async () => {
    const run = madeRun(join(home, 'script'))
    const line = {
      step: 20,
      terms: {},
      total: 1,
      gradient_norm: 1,
      rate: 1,
      steps_per_second: 1,
      tokens_per_second: 1,
    }
    run.log({ stage: '<script>alert(1)</script>', ...line }, time(1))
    const page = await text((await watch(run.path)).address)
    expect(page).not.toContain('<script>alert')
    expect(page).toContain('&lt;script&gt;alert')
  })

  it('only reads: the folder is as it was', async () => {
    const run = madeRun(join(home, 'still'))
    logSteps(run, 20, 60)
    const files = (): string[] => readdirSync(run.path, { recursive: true }).map(String).sort()
    const before = [files(), readFileSync(join(run.path, 'metrics.jsonl'), 'utf8')]
    const { address } = await watch(run.path)
    const events = await follow(address)
    await events.parts()
    await events.close()
    expect([files(), readFileSync(join(run.path, 'metrics.jsonl'), 'utf8')]).toEqual(before)
  })
})

describe('the page of a sweep', () => {
  it('follows the run that was written last, and links the others', async () => {
    const sweep = new SweepFolder(join(home, 'sweep'))
    const swept = [{ name: 'rate', values: ['1e-3', '1e-4', '1e-5'] }]
    sweep.write({
      ...{ version: 1, spec: 'my.distill', folder: '/home', settings: {}, swept, asked: [], seeds: [0] },
      ...{ randomWeights: false, created: time(0).toISOString() },
    })
    const [first, second] = ['1e-3', '1e-4'].map((rate) => madeRun(sweep.run({ rate }, 0).path))
    if (!first || !second) throw new Error('no runs')
    logSteps(first, 20, 20)
    logSteps(second, 20, 60)
    for (const file of ['metrics.jsonl', 'config.json']) utimesSync(join(first.path, file), 1000, 1000)
    const { address } = await watch(sweep.path)
    const page = await text(address)
    expect(page).toContain('60 of 200 steps')
    expect(page).toContain('<b aria-current="page">rate=1e-4/seed-0</b>')
    expect(page).toContain('<a href="/?run=rate%3D1e-3%2Fseed-0">rate=1e-3/seed-0</a>')
    expect(page).not.toContain('1e-5')
    expect(await text(`${address}?run=rate%3D1e-3%2Fseed-0`)).toContain('20 of 200 steps')
    const events = await follow(address)
    await events.parts()
    logSteps(first, 40, 40)
    for (;;) {
      const { event } = await events.next()
      if (event === 'other') break
    }
    await events.close()
  })
})

describe('the server', () => {
  it('refuses foreign names, other methods, other paths, and folders outside', async () => {
    const run = madeRun(join(home, 'one'))
    logSteps(run, 20, 20)
    const { address } = await watch(run.path)
    const port = new URL(address).port
    expect(await ask(address, { Host: 'evil.example' })).toBe(403)
    expect(await ask(`${address}events`, { Host: `evil.example:${port}` })).toBe(403)
    expect(await ask(address, { Host: `localhost:${port}` })).toBe(200)
    expect(await ask(address, {}, 'POST')).toBe(405)
    expect(await ask(`${address}metrics.jsonl`, {})).toBe(404)
    expect(await ask(`${address}?run=../finished`, {})).toBe(404)
  })

  it('needs a free port, and a run', async () => {
    const run = madeRun(join(home, 'taken'))
    const port = Number(new URL((await watch(run.path)).address).port)
    await expect(openWatch(run.path, { port })).rejects.toMatchObject({
      diagnostics: [{ code: 'E1170', help: '--port 0 takes a free port' }],
    })

    await expect(openWatch(join(home, 'nothing'), { port: 0 })).rejects.toThrow(/is not there/)
  })
})
