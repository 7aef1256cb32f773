/** Processes that take the runs of one sweep: each run is trained once, also where a process is killed. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { trainSpec } from '../../src/library/train.ts'
import { isInUse, lockFolder } from '../../src/train/folder-lock.ts'
import { leftOf, start, writeSpec } from './ranks.ts'

const folder = mkdtempSync(join(tmpdir(), 'join-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeSpec(folder, 4)
const words = ['--backend', 'wasm', '--stage', 'pretrain', '--stage', 'learn']

it('end with the runs of one process, and each prints the table', async () => {
  const seeds = ['--seeds', '4']
  const alone = await start({ folder, out: 'alone', words: [...words, ...seeds] }).ended
  expect(alone.code, alone.text).toBe(0)
  const asked = { folder, out: 'shared', words: [...words, ...seeds, '--join'] }
  const [first, second, third] = [start(asked), start(asked), start(asked)]
  await first.says(/learn\] step /)
  // Another process goes on with its run.
  first.launcher.kill('SIGKILL')
  const ended = await Promise.all([second.ended, third.ended])
  for (const { code, text } of ended) {
    expect(code, text).toBe(0)
    expect(text).toContain('4 seeds')
  }
  for (let seed = 0; seed < 4; seed++) {
    const of = (run: string): string => join(folder, run, `seed-${seed}`)
    expect(leftOf(of('shared'))).toEqual(leftOf(of('alone')))
    const finished = readFileSync(join(of('shared'), 'metrics.jsonl'), 'utf8').match(/"event":"finished"/g)
    expect(finished).toHaveLength(1)
  }
}, 120_000)

it('leave the files of the others, where one is ended while it waits', async () => {
  const sweep = join(folder, 'waits')
  const runs = ['seed-0', 'seed-1'].map((name) => join(sweep, name))
  for (const run of runs) mkdirSync(run, { recursive: true })
  const locks = runs.map((run) => lockFolder(run))
  const partial = join(runs[0] ?? '', 'spec.json.partial')
  writeFileSync(partial, 'of another process')
  const waiting = start({ folder, out: 'waits', words: [...words, '--seeds', '2', '--join'] })
  await waiting.says(/seed-1 is trained by another process/)
  waiting.launcher.kill('SIGINT')
  const { text } = await waiting.ended
  expect(text).toMatch(/continue with: distill train \S+ --join /)
  expect(existsSync(partial)).toBe(true)
  expect(runs.map(isInUse)).toEqual([true, true])
  for (const lock of locks) lock.release()
}, 60_000)

it('need a sweep and its folder', async () => {
  const spec = join(folder, 'spec.distill')
  await expect(trainSpec(spec, { join: true, out: join(folder, 'none') }, {})).rejects.toThrow(
    /E1101.*--join/,
  )
  await expect(trainSpec(spec, { join: true, seeds: 2 }, {})).rejects.toThrow(/E1101.*--join/)
})
