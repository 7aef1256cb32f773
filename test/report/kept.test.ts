/** What a run keeps: it changes no weight, and a run that was interrupted and resumed has all of it once. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { lessonsOf } from '../../src/check/distillation.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { reportOf } from '../../src/library/report.ts'
import { trainSpec } from '../../src/library/train.ts'
import {
  batchesWithin,
  firstCost,
  leftForEnd,
  leftForEvaluation,
} from '../../src/train/kept/agreement-budget.ts'
import { readFinal } from '../../src/train/kept/final.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import type { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { distill } from '../distill.ts'
import { trainerOf } from '../train/trainer-of.ts'
import * as toys from './toys.ts'

const folder = toys.home()
afterAll(() => rmSync(folder, { recursive: true }))

/** Events by name and stage, rows as `row`. */
const events = (path: string): string[] =>
  new RunFolder(path).readLog().map((line) => {
    const { event = 'row', stage = '', step = '' } = Object(line)
    return `${event} ${stage} ${step}`
  })

it('is the same after an interruption in the last stage, and the weights are, too', async () => {
  const spec = toys.write(folder, 'kept.distill', toys.classes)
  const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')]
  await toys.train(spec, whole)
  const stop = new AbortController()
  const interrupted = await trainSpec(
    spec,
    { out: parts, backend: 'cpu', signal: stop.signal },
    { step: ({ stage, step }) => void (stage === 'distil' && step === 12 && stop.abort()) },
  )
  expect(interrupted.kind).toBe('interrupted')
  expect(existsSync(join(parts, 'final.json'))).toBe(false)
  await trainSpec(spec, { out: parts, backend: 'cpu', resume: true }, {})
  // a row ends where the run was interrupted, as the interval is not over there; agreement follows measured time
  const withoutRows = (path: string): string[] =>
    events(path).filter((one) => !/^(?:row|agreement) /.test(one))
  expect(withoutRows(parts)).toEqual(withoutRows(whole))
  expect(withoutRows(whole).filter((one) => one.startsWith('stage'))).toHaveLength(3)
  for (const model of ['T', 'A', 'S'])
    expect(readFileSync(join(parts, `best/${model}.safetensors`))).toEqual(
      readFileSync(join(whole, `best/${model}.safetensors`)),
    )
  expect(readFileSync(join(parts, 'answers/notes.test.json'))).toEqual(
    readFileSync(join(whole, 'answers/notes.test.json')),
  )
  const [a, b] = [whole, parts].map((path) => reportOf([path], { texts: true }).runs[0])
  expect(b?.agreement).toEqual(a?.agreement)
  // both runs are equal: compare has one value for both, with an interval from the kept answers
  const { out } = await distill(['compare', whole, parts])
  expect(out.replace(/\s+/g, ' ')).toMatch(/equal: .*S macro_f1 \d+\.\d \[\d+\.\d to \d+\.\d\]/)
  const { comparison } = reportOf([whole, parts], { texts: true })
  expect(comparison?.headline).toMatch(/^\*\*No run is clearly best by accuracy\.\*\* whole has/)
  expect(comparison?.compared[1]?.paired).toMatchObject({ count: 30, only_best: 0, only_this: 0, p: 1 })
  expect(b?.stages.map(({ steps }) => steps)).toEqual(a?.stages.map(({ steps }) => steps))
})

it('is gathered of a sweep: runs, what a setting changes, and the best one in full', async () => {
  const spec = toys.write(
    folder,
    'sweep.distill',
    toys.numbers
      .replace('rate = linear(1e-2', 'rate = linear(peak')
      .replace('data notes', 'setting peak = 1e-2\ndata notes'),
  )
  const out = join(folder, 'sweep')
  await trainSpec(
    spec,
    { out, backend: 'cpu', sweep: [{ name: 'peak', values: ['1e-2', '1e-3'] }], seeds: 2 },
    {},
  )
  const { runs, sweep, title, comparison } = reportOf([out], { texts: true })
  expect(sweep).toMatchObject({
    settings: [{ name: 'peak', values: ['1e-2', '1e-3'] }],
    seeds: [0, 1],
    metric: 'pearson',
    model: 'T',
  })
  expect(sweep?.runs).toHaveLength(4)
  const values = sweep?.runs.map(({ value }) => value ?? Number.NaN) ?? []
  const means = [0, 2].map((k) => ((values[k] ?? 0) + (values[k + 1] ?? 0)) / 2)
  expect(sweep?.effects[0]?.means.map(({ mean }) => mean)).toEqual(
    means.map((mean) => expect.closeTo(mean, 9)),
  )
  expect(sweep?.effects[0]?.difference).toBeCloseTo(Math.abs((means[0] ?? 0) - (means[1] ?? 0)), 9)
  expect(sweep?.spread.map(({ count }) => count)).toEqual([2, 2])
  const best = sweep?.runs.find(({ name }) => name === sweep.best)
  expect(best?.value).toBe(Math.max(...values))
  expect(runs).toHaveLength(1)
  expect(runs[0]?.seed).toBe(best?.seed)
  expect(runs[0]?.models[0]?.metrics.pearson).toBe(best?.value)
  expect(title).toContain('sweep')
  expect(comparison?.compared.map(({ seeds }) => seeds)).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(comparison?.compared.map(({ mean }) => mean)).toEqual(
    [...means].sort((a, b) => b - a).map((mean) => expect.closeTo(mean, 9)),
  )
})

it('agreement takes as many texts as the time allows, at least one batch and at most eight', () => {
  const cost = { start: 0.1, batch: 0.2, products: 0.01 }
  const seconds = (batches: number): number => 0.1 + 0.2 * batches + 0.01 * batches ** 2
  expect(
    [-1, 0, seconds(2) - 0.001, seconds(2), seconds(7.9), seconds(8), 99].map((left) =>
      batchesWithin(left, cost),
    ),
  ).toEqual([1, 1, 1, 2, 7, 8, 8])
})

it.each([
  { name: 'a small run', run: 4, every: 1, cost: 0.012, examples: 20 },
  { name: 'a run with a large teacher', run: 60, every: 5, cost: 1.1, examples: 600 },
  { name: 'the demo', run: 100, every: 4, cost: 0.15, examples: 8000 },
])('agreement takes under 2% of the time: $name', ({ run, every, cost, examples }) => {
  let agreement = 0
  for (let at = every; at <= run; at += every) {
    const expected = agreement > 0 ? cost : firstCost(at, (examples * at) / run, 1)
    if (expected <= leftForEvaluation({ run: at, agreement })) agreement += cost
    expect(agreement).toBeLessThanOrEqual(0.01 * at)
  }
  expect(leftForEnd({ run, agreement })).toBeGreaterThanOrEqual(0.01 * run)
})

it('agreement changes no bit of the weights', async () => {
  const { program } = checkFile(toys.write(folder, 'bits.distill', toys.classes))
  const distil = program?.stages.find(({ name }) => name === 'distil')
  if (!program || !distil) throw new Error('the spec has errors')
  const runs: { readonly weights: Uint8Array; readonly measured: number }[] = []
  for (const agreement of [true, false]) {
    const runner = await createRunner('cpu')
    const out = join(folder, `bits-${agreement}`)
    let measured = 0
    const trainer: Trainer = trainerOf(program, out, {
      runner,
      agreement,
      // in the middle of the stage, as in a longer run
      observer: {
        scored: ({ stage }) => {
          if (stage === 'distil')
            measured += trainer.meter?.ofFinished(lessonsOf(program, distil)).length ?? 0
        },
      },
    })
    await trainer.run()
    const { data } = trainer.store.get('S.embedding.word.weight')
    runs.push({
      weights: new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)),
      measured,
    })
    trainer.dispose()
    runner.dispose()
  }
  expect(runs.map(({ measured }) => measured)).toEqual([3, 0])
  expect(runs[0]?.weights).toEqual(runs[1]?.weights)
})

it('the answers of span and masked-LM heads are compared, too', async () => {
  const questions = join(folder, 'questions')
  await toys.train(toys.write(folder, 'questions.distill', toys.questions), questions)
  const masked = join(folder, 'masked')
  await toys.train(toys.write(folder, 'masked.distill', toys.masked), masked)
  const [spans, words] = [questions, masked].map((path) => readFinal(path)?.agreement[0])
  expect(spans?.rows).toEqual(['hidden[0]', 'hidden[1]', 'qa.start', 'qa.end'])
  expect(words?.rows).toEqual(['hidden[0]', 'hidden[1]', 'mlm.logits'])
  for (const { values = [] } of [spans ?? {}, words ?? {}])
    for (const value of values.flat()) expect(value).toEqual(expect.closeTo(0.5, 0))
})

it('the mean of scores over a vocabulary is the same as that of each token', async () => {
  const { program } = checkFile(toys.write(folder, 'mean.distill', toys.masked))
  if (!program) throw new Error('the spec has errors')
  const runner = await createRunner('cpu')
  const trainer = trainerOf(program, join(folder, 'mean'), { runner })
  const data = new ProgramData(program)
  const examples = data.dataset('notes').splits.get('train')?.slice(0, 8) ?? []
  const batch = data.batch('notes', examples, { seed: 0, stage: 'evaluation', step: 0 })
  const { evaluator } = trainer
  const path = 'mlm.logits'
  const averages = evaluator.averages('S', [path])
  const average = averages.of(batch).get(path)
  const each = evaluator.tap('S', path, batch)
  const [, , classes = 0] = each.shape
  expect(average?.shape).toEqual([8, classes])
  for (const [i, { tokens }] of examples.entries())
    for (const k of [0, 7, classes - 1]) {
      const at = (token: number): number => each.data[(i * batch.L + token) * classes + k] ?? Number.NaN
      const sum = [...tokens.keys()].reduce((total, token) => total + at(token), 0)
      expect(average?.data[i * classes + k]).toBeCloseTo(sum / tokens.length, 4)
    }
  averages.forget()
  trainer.dispose()
  runner.dispose()
})
