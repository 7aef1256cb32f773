/** Event files for TensorBoard, written by Distill and read by other programs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportLogs } from '../../src/library/tensorboard.ts'
import { crc32c } from '../../src/tensorboard/crc32c.ts'
import { histogram } from '../../src/tensorboard/values.ts'
import { writeReport } from '../../src/train/report-file.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { SweepFolder } from '../../src/train/sweep-folder.ts'
import { writeSafetensors } from '../../src/weights/safetensors.ts'
import { distill } from '../distill.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'
import { readEvents } from './read-events.ts'

const home = mkdtempSync(join(tmpdir(), 'distill-tensorboard-'))
afterAll(() => rmSync(home, { recursive: true }))

const created = '2026-12-01T21:05:33.000Z'
const at = (seconds: number): Date => new Date(Date.parse(created) + 1000 * seconds)

/** A finished run with a line of each kind, and weights. */
function makeRun(folder: RunFolder, settings: Record<string, string>, seed: number, accuracy: number): void {
  folder.create(
    {
      ...{
        version: 1,
        spec: 'my.distill',
        folder: '/home',
        settings,
        seed,
        backend: 'cpu',
        randomWeights: false,
      },
      ...{ passes: '', texts: {}, data: {}, versions: {}, created },
    },
    new Map([
      ['my.distill', 'setting rate = 1e-3\n// a fence: ```\n'],
      ['std/bert.distill', 'not shown'],
    ]),
  )
  const score = { model: 'T', data: 'notes', split: 'validation', metrics: { accuracy: 0.75 } }
  folder.log({ event: 'teacher', ...score }, at(1))
  folder.log({ event: 'memory', stage: 'distil', step: 0, planned_bytes: 5 }, at(2))
  folder.log({ event: 'of a later version', stage: 'distil', step: [1] }, at(2))
  const line = {
    epoch: 0.5,
    total: 0.5,
    gradient_norm: 2,
    rate: 0.001,
    steps_per_second: 4,
    tokens_per_second: 100,
  }
  const norms = { term_gradient_norms: { soft: 1.5, hard: 0.25 } }
  folder.log({ stage: 'distil', step: 20, ...line, terms: { soft: 0.5, hard: 0 }, ...norms }, at(5))
  folder.log(
    { ...{ event: 'evaluation', stage: 'distil', step: 20, model: 'S' }, metrics: { accuracy, f1: null } },
    at(6),
  )
  folder.log({ event: 'finished' }, at(9))
  const progress = { finished: [], stage: 'distil', step: 20, seconds: 4, worse: 0, updates: {} }
  const weights = new Map([
    ['S.w', { shape: [4], data: Float32Array.of(-1, 0, 0, 1) }],
    ['slot 0 S.w', { shape: [4], data: Float32Array.of(9, 9, 9, 9) }],
  ])
  for (const name of ['last', 'best-distil'])
    writeSafetensors(folder.checkpoint(name), weights, {
      metadata: { distill: JSON.stringify(progress) },
      hashed: true,
    })
  const score2 = {
    model: 'S',
    data: 'notes',
    split: 'validation',
    values: new Map([['accuracy', accuracy] as const]),
  }
  writeReport(folder, {
    trained: ['S'],
    baselines: [],
    models: [{ name: 'S', model: 'small', score: score2, parameters: 4, bytes: 16 }],
  })
}

describe('CRC-32C', () => {
  it('is that of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })
})

describe('a histogram', () => {
  it('counts each value once, between the least and the greatest', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i / 999)
    const { histo } = histogram('w', values).content
    expect(histo).toMatchObject({ min: 0, max: 1, num: 1000 })
    const { bucket, bucket_limit: limits } = histo as { bucket: number[]; bucket_limit: number[] }
    expect(bucket.reduce((sum, count) => sum + count)).toBe(1000)
    expect(Math.max(...bucket) - Math.min(...bucket)).toBeLessThanOrEqual(1)
    expect(limits).toHaveLength(64)
    expect(limits.at(-1)).toBe(1)
  })
  it('of equal values has one bucket', () => {
    expect(histogram('w', Float32Array.of(2, 2)).content.histo).toMatchObject({
      bucket: [2],
      bucket_limit: [2],
    })
  })
})

const [protoc, crc] = await Promise.all([standingOf('protoc'), standingOf('python-crc32c')])

describeStanding('event files', protoc.kind === 'usable' ? crc : protoc, () => {
  it('have settings, spec, scalars, histograms and final scores of a run', async () => {
    makeRun(new RunFolder(join(home, 'one')), { rate: '1e-3', name: 'a' }, 0, 0.875)
    const [file = ''] = exportLogs(join(home, 'one'), join(home, 'board'))
    expect(file).toBe(join(home, `board/one/events.out.tfevents.${Date.parse(created) / 1000}.distill`))
    await expect(readEvents(file)).toMatchFileSnapshot('../golden/tensorboard/run.txt')
    // Another export replaces the file: TensorBoard would show both.
    const before = readFileSync(file)
    exportLogs(join(home, 'one'), join(home, 'board'))
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(join(home, 'board/one'))).toHaveLength(1)
  })

  it('of a sweep say what its runs differ in, and group those of one setting', async () => {
    const sweep = new SweepFolder(join(home, 'sweep'))
    const swept = [
      { name: 'rate', values: ['1e-3', '1e-4'] },
      { name: 'task', values: ['a', 'b'] },
    ]
    for (const [i, rate] of ['1e-3', '1e-4'].entries())
      for (const seed of [0, 1]) {
        const combination = { rate, task: 'a' }
        makeRun(sweep.run(combination, seed), combination, seed, 0.5 + i / 4 + seed / 8)
      }
    sweep.write({
      ...{ version: 1, spec: 'my.distill', folder: '/home', settings: {}, swept, asked: [], seeds: [0, 1] },
      ...{ randomWeights: false, created },
    })
    const files = exportLogs(sweep.path, join(home, 'board'))
    // The runs with `task = b` do not exist yet.
    expect(files).toHaveLength(4)
    const root = join(home, 'board/sweep')
    const own = readdirSync(root).find((name) => name.includes('tfevents')) ?? ''
    await expect(readEvents(join(root, own))).toMatchFileSnapshot('../golden/tensorboard/sweep.txt')
    const groups = files.map((file) => /group_name: (.*)/.exec(readEvents(file))?.[1])
    expect(groups[0]).toBe(groups[1])
    expect(groups[2]).not.toBe(groups[0])
  })

  describe('written in training', () => {
    const spec = `
import { bert_base } from "std/bert.distill"
import { classifier } from "std/heads.distill"
setting rate = 1e-2
data notes {
  train = "notes.tsv", validation = "notes.tsv", text = column("text"), label = class(column("label"), ["bad", "good"])
  tokenizer = wordpiece(size = 60)
}
model small = bert_base with { vocabulary = notes.vocabulary, layers = 1, hidden_size = 8, heads = 2, intermediate_size = 16 }
student S : small { heads { task = classifier(notes.label) } }
stage learn {
  minimize cross_entropy(S.task.logits, batch.label)
  data = notes, budget = 40 steps, batch = 2, optimizer = adamw(rate = rate), evaluate = [accuracy], every = 20 steps, keep = best(accuracy)
}
`
    beforeAll(() => {
      writeFileSync(join(home, 'my.distill'), spec)
      writeFileSync(join(home, 'notes.tsv'), 'text\tlabel\na fine film\tgood\na dull film\tbad\n')
    })
    const scalars = (text: string): string[] =>
      [...text.matchAll(/tag: "(.*)"\n\s+simple_value: (.*)/g)].map(([, tag, value]) => `${tag} ${value}`)

    it('have what an export of the run has, and histograms at evaluations', async () => {
      const words = [
        'train',
        'my.distill',
        '--backend',
        'cpu',
        '--out',
        'live',
        '--tensorboard',
        'live-board',
      ]
      expect(await distill(words, { cwd: home })).toMatchObject({ status: 0 })
      const out = await distill(['export-logs', 'live', '--tensorboard', 'board-of-live'], { cwd: home })
      expect(out.err).toBe('look at it with: tensorboard --logdir board-of-live\n')
      const folder = join(home, 'live-board/live')
      const [live, exported] = [join(folder, readdirSync(folder)[0] ?? ''), join(home, out.out.trim())].map(
        readEvents,
      )
      expect(scalars(live ?? '')).toEqual(scalars(exported ?? ''))
      expect(scalars(live ?? '').map((line) => line.split(' ')[0])).toEqual(
        expect.arrayContaining([
          'learn/loss',
          'learn/loss/loss',
          'learn/rate',
          'learn/S/accuracy',
          'final/S/accuracy',
        ]),
      )
      expect(live?.match(/tag: "learn\/weights\/S\.task\.logits\.weight"/g)).toHaveLength(2)
      expect(live).toContain('STATUS_SUCCESS')
    })

    it('of a sweep are in a folder for each run, also for runs that were finished before', async () => {
      const words = [
        'train',
        'my.distill',
        '--backend',
        'cpu',
        '--out',
        'swept',
        '--sweep',
        'rate=1e-2,1e-3',
        '--max-steps',
        '2',
      ]
      expect(await distill(words, { cwd: home })).toMatchObject({ status: 0 })
      const again = await distill([...words, '--resume', '--tensorboard', 'swept-board'], { cwd: home })
      expect(again).toMatchObject({ status: 0 })
      const folders = readdirSync(join(home, 'swept-board/swept')).sort()
      expect(folders.filter((name) => name.startsWith('rate='))).toEqual(['rate=1e-2', 'rate=1e-3'])
    })
  })
})
