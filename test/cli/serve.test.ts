/** `distill serve` as a process: it answers as `distill predict`, and ends when it is told to. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { distill } from '../distill.ts'

const home = mkdtempSync(join(tmpdir(), 'serve-'))
const run = join(home, 'run')
const texts = ['a red house was there', 'the house is white']

beforeAll(async () => {
  const done = await distill(['train', 'test/fixtures/tiny/tiny.distill', '--out', run, '--backend', 'wasm'])
  expect(done.status, done.err).toBe(0)
})
afterAll(() => rmSync(home, { recursive: true }))

interface Serving {
  readonly child: ChildProcess
  readonly address: string
}

async function start(...flags: string[]): Promise<Serving> {
  const given = ['dist/distill.js', 'serve', run, '--port', '0', '--backend', 'wasm', ...flags]
  const child = spawn(
    process.execPath,
    given.map((one, i) => (i === 0 ? resolve(one) : one)),
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const [line] = await once(child.stdout, 'data')
  return { child, address: `${line}`.trim() }
}

async function ask(address: string, body: unknown): Promise<unknown> {
  return (await fetch(address, { method: 'POST', body: JSON.stringify(body) })).json()
}

describe('distill serve', () => {
  it('answers as predict does, and stops with success at SIGTERM', async () => {
    const { child, address } = await start()
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/predict$/)
    const predicted = await distill(['predict', run, '--json', '--backend', 'wasm'], {
      input: `${texts.join('\n')}\n`,
    })
    const answers = predicted.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(await ask(address, { texts })).toEqual({ answers })
    expect(await (await fetch(address.replace('predict', 'health'))).json()).toEqual({
      status: 'ok',
      model: 'S',
      head: 'task',
      kind: 'class',
      labels: ['cold', 'warm'],
      waiting: 0,
    })
    expect(await ask(address, { texts: [['two', 'texts']] })).toMatchObject({ code: 'E0826' })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it('serves the model and head that are asked for, and refuses those that are not there', async () => {
    const { child, address } = await start('--model', 'T')
    expect(await (await fetch(address.replace('predict', 'health'))).json()).toMatchObject({ model: 'T' })
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
    const wrong = await distill(['serve', run, '--head', 'tsk', '--backend', 'wasm'])
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining('error[E1105]')])
    const none = await distill(['serve', join(home, 'none'), '--backend', 'wasm'])
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('error[E1107]')])
  })
})
