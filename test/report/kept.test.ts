/** What a run keeps: it changes no weight, and a run that was interrupted and resumed has all of it once. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { checkFile } from '../../src/check/check.ts'
import { reportOf } from '../../src/library/report.ts'
import { trainSpec } from '../../src/library/train.ts'
import { measuresAgreementAt } from '../../src/train/kept/agreement.ts'
import type { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
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
  // a row ends where the run was interrupted, as the interval is not over there
  const withoutRows = (path: string): string[] => events(path).filter((one) => !one.startsWith('row'))
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
  const { runs, sweep, title } = reportOf([out], { texts: true })
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
})

it('agreement is measured at a rate that follows from the step alone', () => {
  const at = (every: number, batch: number, total: number): number[] =>
    Array.from({ length: total }, (_, i) => i + 1).filter(
      (step) => (step % every === 0 || step === total) && measuresAgreementAt(step, every, batch),
    )
  expect(at(10, 32, 4000)).toEqual([1250, 2500, 3750])
  expect(at(1819, 32, 3750)).toEqual([1819, 3638, 3750])
  expect(at(5, 8, 100)).toEqual([])
})

it('agreement changes no bit of the weights', async () => {
  const { program } = checkFile(toys.write(folder, 'bits.distill', toys.classes))
  const distil = program?.stages.find(({ name }) => name === 'distil')
  if (!program || !distil) throw new Error('the spec has errors')
  const runs: { readonly weights: Uint8Array; readonly measured: number }[] = []
  for (const agreement of [true, false]) {
    const runner = await createRunner('cpu')
    const out = join(folder, `bits-${agreement}`)
    const trainer: Trainer = trainerOf(program, out, {
      runner,
      agreement,
      // in the middle of the stage, where a run of more examples measures it
      observer: {
        scored: ({ stage, step }) =>
          void (stage === 'distil' && trainer.meter?.log(distil, step, trainer.folder)),
      },
    })
    await trainer.run()
    const { data } = trainer.store.get('S.embedding.word.weight')
    runs.push({
      weights: new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength)),
      measured: events(out).filter((one) => one.startsWith('agreement')).length,
    })
    trainer.dispose()
    runner.dispose()
  }
  expect(runs.map(({ measured }) => measured)).toEqual([3, 0])
  expect(runs[0]?.weights).toEqual(runs[1]?.weights)
})
