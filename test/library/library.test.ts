/** The library: the same as the command line, with data in place of what is printed. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { check, DistillError, explain, type TrainEvent, train } from '../../src/library/index.ts'

const root = new URL('../..', import.meta.url).pathname
const tiny = join(root, 'test/fixtures/tiny')
const path = join(tiny, 'tiny.distill')
const text = readFileSync(path, 'utf8')
const files = {
  'train.tsv': readFileSync(join(tiny, 'train.tsv'), 'utf8'),
  'validation.tsv': readFileSync(join(tiny, 'validation.tsv')),
}
const home = mkdtempSync(join(tmpdir(), 'library-'))
afterAll(() => rmSync(home, { recursive: true }))
const at = (name: string): string => join(home, name)
const weights = (run: string, model: string): Buffer => readFileSync(at(`${run}/best/${model}.safetensors`))

function distill(...arguments_: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/distill.js', ...arguments_], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** What a call rejects with. */
async function failure(call: Promise<unknown>): Promise<DistillError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DistillError)) throw error ?? new Error('it succeeds')
  return error
}

describe('check', () => {
  it('of a spec on disk and of one in memory finds the same', async () => {
    const [onDisk, inMemory] = [await check(path), await check({ text, files })]
    expect(onDisk.ok && inMemory.ok).toBe(true)
    const place = { code: 'E0571', severity: 'warning', line: 23, column: 9, endLine: 23, endColumn: 10 }
    expect(onDisk.diagnostics).toEqual([expect.objectContaining({ ...place, file: path })])
    expect(inMemory.diagnostics).toEqual([expect.objectContaining({ ...place, file: 'spec.distill' })])
    expect(inMemory.sources.get('spec.distill')).toBe(text)
  })

  it('finds mistakes in the files too, unless they are not to be opened', async () => {
    const report = await check({ text })
    expect([report.ok, report.diagnostics.map(({ code }) => code)]).toEqual([false, ['E0571', 'E0801']])
    expect(report.diagnostics[1]?.message).toBe('2 files are missing: `train.tsv`, `validation.tsv`')
    expect((await check({ text }, { files: false })).ok).toBe(true)
  })

  it('reads specs that are imported', async () => {
    const spec = {
      text: 'import { half } from "parts/half.distill"',
      files: { 'parts/half.distill': 'def half(x) = (x' },
    }
    const { diagnostics } = await check(spec)
    expect(diagnostics).toEqual([
      expect.objectContaining({ code: 'E0004', file: 'parts/half.distill', line: 1 }),
    ])
  })

  it('takes no file from outside the spec', async () => {
    await expect(check({ text, files: { '../train.tsv': '' } })).rejects.toThrow(RangeError)
    await expect(check({ text, files: { '/train.tsv': '' } })).rejects.toThrow(RangeError)
  })
})

describe('explain', () => {
  it('gives what the command prints as JSON', async () => {
    const printed = distill('explain', path, '--json', '--backend', 'cpu')
    // The time is measured anew by each.
    const told = { ...JSON.parse(printed), time: expect.objectContaining({ backend: 'cpu' }) }
    expect(JSON.parse(JSON.stringify(await explain(path, { backend: 'cpu' })))).toEqual(told)
    expect((await explain({ text, files }, { backend: 'cpu' })).spec).toBe('spec.distill')
  })

  it('throws the errors of a spec, with their places', async () => {
    const { diagnostics, sources, message } = await failure(explain({ text: 'teacher T : nothing {}' }))
    expect(diagnostics).toMatchObject([{ code: 'E0101', file: 'spec.distill', line: 1, column: 13 }])
    expect(sources.get('spec.distill')).toBe('teacher T : nothing {}')
    expect(message).toBe('E0101: unknown name `nothing`')
  })

  it('throws for a stage, a backend and a pass that are not there', async () => {
    for (const [options, code] of [
      [{ stages: ['lern'] }, 'E1105'],
      [{ backend: 'gpu' }, 'E1101'],
      [{ passes: '-nothing' }, 'E1108'],
    ] as const)
      expect((await failure(explain(path, options))).diagnostics).toMatchObject([{ code }])
  })
})

describe('train', () => {
  it('is what the command does, to the bit, and goes on after an abort', async () => {
    const printed = distill(
      'train',
      path,
      '--backend',
      'cpu',
      '--seed',
      '3',
      '--out',
      at('command'),
      '--json',
    )
    const options = { backend: 'cpu', seed: 3, out: at('aborted') }
    const stop = new AbortController()
    const events: TrainEvent[] = []
    const onProgress = (event: TrainEvent): void => {
      events.push(event)
      if (event.type === 'step' && event.stage === 'distil' && event.step === 5) stop.abort()
    }
    const aborted = await train({ text, files }, { ...options, onProgress, signal: stop.signal })
    expect(aborted).toEqual({
      kind: 'interrupted',
      folder: at('aborted'),
      out: at('aborted'),
      stage: 'distil',
      step: 5,
    })
    const types = events.map(({ type }) => type)
    expect(types.slice(0, 4)).toEqual(['warning', 'run-begins', 'stage-begins', 'step'])
    expect(types.at(-1)).toBe('saved')
    expect(events.find(({ type }) => type === 'step')).toMatchObject({
      stage: 'learn',
      step: 1,
      terms: { loss: expect.any(Number) },
    })
    expect(events.find(({ type }) => type === 'scored')).toMatchObject({
      model: 'T',
      metrics: { accuracy: expect.any(Number) },
    })
    const finished = await train({ text, files }, { ...options, resume: true })
    if (finished.kind !== 'finished') throw new Error(finished.kind)
    for (const model of ['T', 'S'])
      expect(weights('aborted', model).equals(weights('command', model))).toBe(true)
    const metrics = (models: readonly { name: string; metrics?: object }[]) =>
      models.map((one) => [one.name, one.metrics])
    expect(metrics(finished.models)).toEqual(metrics(JSON.parse(printed).models))
    expect(finished.weights).toEqual([
      {
        model: 'S',
        file: at('aborted/best/S.safetensors'),
        best: expect.objectContaining({ stage: 'distil' }),
      },
      { model: 'T', file: at('aborted/best/T.safetensors') },
    ])
  })

  it('trains a sweep, and tries a spec', async () => {
    const options = { backend: 'cpu', seeds: 2, maxSteps: 1, out: at('seeds') }
    expect(await train(path, { ...options, dryRun: true })).toEqual({ kind: 'tried', stages: 4 })
    const seen: TrainEvent[] = []
    const swept = await train(path, { ...options, onProgress: (event) => seen.push(event) })
    if (swept.kind !== 'swept') throw new Error(swept.kind)
    expect(swept.runs.map(({ seed, path: run }) => [seed, existsSync(join(run, 'report.json'))])).toEqual([
      [0, true],
      [1, true],
    ])
    expect(swept.combinations).toMatchObject([{ settings: {}, runs: 2 }])
    expect(seen.filter(({ type }) => type === 'run-of-sweep')).toMatchObject([
      { number: 1, count: 2, seed: 0 },
      { number: 2, count: 2, seed: 1 },
    ])
  })

  it('throws what the command prints, and leaves nothing behind', async () => {
    const missing = await failure(train({ text }, { out: at('missing') }))
    expect(missing.diagnostics).toMatchObject([{ code: 'E0801', file: 'spec.distill', line: 7 }])
    expect(readdirSync(home)).not.toContain('missing')
    const taken = await failure(train({ text, files }, { out: at('command') }))
    expect(taken.diagnostics).toMatchObject([{ code: 'E1106' }])
    expect(readdirSync(at('command'))).not.toContain('spec')
    const diverging = text.replace('linear(5e-3, warmup = 10%)', 'constant(1e30)')
    const stopped = await failure(train({ text: diverging, files }, { backend: 'cpu', out: at('diverging') }))
    expect(stopped.diagnostics).toMatchObject([{ code: 'E1001' }])
  })
})
