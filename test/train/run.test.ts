import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createRunner } from '../../src/backends/index.ts'
import type { Program, Stage } from '../../src/check/program.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { readProgress } from '../../src/train/checkpoint.ts'
import { StageFeed } from '../../src/train/feed.ts'
import type { StageBegins, StepDone } from '../../src/train/observer.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { RunPlan } from '../../src/train/run-plan.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { readSafetensors } from '../../src/weights/safetensors.ts'
import { hardLoss, madeUp, program, softLoss, stage, TinyData, term, tinyModel } from './tiny-program.ts'

const runner = await createRunner('cpu')
const wasm = await createRunner('wasm')
const root = mkdtempSync(join(tmpdir(), 'train-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
  wasm.dispose()
})
let folders = 0
const freshFolder = (): RunFolder => new RunFolder(join(root, `run-${folders++}`))

const teacher = tinyModel('T', 'student', 8)
const copy = tinyModel('K', 'teacher', 8, { copyOf: { instance: 'T', stage: 'learn' } })
const student = tinyModel('S', 'student', 4, { rate: 0.1 })
const heir = tinyModel('H', 'student', 8, { from: 'K' })

const learn = stage('learn', hardLoss(teacher.logits), { trained: teacher.keys, instances: ['T'] })
const distil = (change: Partial<Stage> = {}): Stage =>
  stage('distil', softLoss(student.logits, copy.logits), {
    after: 'learn',
    trained: student.keys,
    training: new Set(['S']),
    instances: ['S', 'K'],
    microbatch: 3,
    evaluate: [{ metric: 'accuracy' }, { metric: 'f1' }],
    keep: { best: { metric: 'accuracy' } },
    ...change,
  })
const finish = stage('finish', hardLoss(heir.logits), {
  trained: heir.keys,
  instances: ['H'],
  budget: { amount: 2, unit: 'steps' },
})
const whole = program([teacher, copy, student, heir], [learn, distil(), finish])

function trainer(folder: RunFolder, change: Partial<TrainOptions> = {}): Trainer {
  return new Trainer({
    program: whole,
    runner,
    data: new TinyData(),
    compileStage,
    compileTaps,
    folder,
    seed: 3,
    observer: {},
    clock: () => 0,
    ...change,
  })
}

/** The stage `distil` on texts without labels; `second` has labels as `made_up` has. */
function unlabelled(evaluate: Stage['evaluate'], keep?: Stage['keep']): Program {
  const { keep: _, ...rest } = distil({ data: 'texts', evaluate })
  const { label: __, validation: ___, ...texts } = { ...madeUp, name: 'texts' }
  return {
    ...whole,
    stages: [learn, { ...rest, ...(keep ? { keep } : {}) }],
    data: new Map([texts, madeUp, { ...madeUp, name: 'second' }].map((data) => [data.name, data])),
  }
}

function weights(made: Trainer, model: string): number[] {
  return ['embedding.weight', 'task.logits.weight', 'task.logits.bias'].flatMap((path) =>
    Array.from(made.store.get(`${model}.${path}`).data),
  )
}

describe('a stage on texts without labels', () => {
  const evaluation = z.looseObject({
    event: z.literal('evaluation'),
    stage: z.literal('distil'),
    data: z.string(),
    best: z.boolean().optional(),
  })
  const logged = (folder: RunFolder) =>
    folder.readLog().flatMap((line) => evaluation.safeParse(line).data ?? [])

  it('is scored on each data block that its metrics name, and its weights stay the same', async () => {
    const on = (data: string) => [
      { metric: 'accuracy', on: data } as const,
      { metric: 'f1', on: data } as const,
    ]
    const evaluate = [...on('made_up'), ...on('second')]
    const [plain, scored] = [freshFolder(), freshFolder()]
    const without = trainer(plain, { program: unlabelled([]) })
    await without.run()
    const observed: string[] = []
    const made = trainer(scored, {
      program: unlabelled(evaluate),
      observer: { scored: ({ score }) => observed.push(`${score.model} ${score.data}.${score.split}`) },
    })
    await made.run()
    expect(observed.slice(0, 2)).toEqual(['S made_up.validation', 'S second.validation'])
    expect(logged(scored)).toHaveLength(2 * 3)
    expect(logged(scored)[0]).toMatchObject({
      ...{ model: 'S', data: 'made_up', split: 'validation' },
      metrics: { accuracy: expect.any(Number), f1: expect.any(Number) },
    })
    expect(logged(plain)).toEqual([])
    expect(weights(made, 'S')).toEqual(weights(without, 'S'))
  })

  it('keeps the weights that are best on the block that `keep` names', async () => {
    const best = { metric: 'accuracy', on: 'second' } as const
    const folder = freshFolder()
    const outcome = await trainer(folder, {
      program: unlabelled([{ metric: 'accuracy', on: 'made_up' }], { best }),
    }).run()
    expect(outcome).toMatchObject({ best: [{ stage: 'distil', best: { metric: 'accuracy', model: 'S' } }] })
    const lines = logged(folder)
    expect(lines.filter((line) => line.best).map(({ data }) => data)).toContain('second')
    expect(lines.filter((line) => line.best && line.data !== 'second')).toEqual([])
  })

  it('needs those blocks as it needs its own, and the table at the end is on the first of them', () => {
    const plan = new RunPlan(unlabelled([{ metric: 'f1', on: 'second' }, { metric: 'accuracy' }]))
    expect(plan.dataNames).toEqual(['made_up', 'texts', 'second'])
    expect(plan.finalScoring(student.instance)).toEqual({ metrics: ['f1', 'accuracy'], preferred: 'second' })
  })
})

describe('a run', () => {
  it('trains its stages in order, copies a teacher, initialises from it, keeps the best, writes its folder', async () => {
    const folder = freshFolder()
    const steps: StepDone[] = []
    const begun: StageBegins[] = []
    const made = trainer(folder, {
      observer: { step: (event) => steps.push(event), stageBegins: (event) => begun.push(event) },
      planned: {
        available: 4096,
        peaks: new Map([['distil', 1024]]),
        work: new Map([
          ['learn', { step: 5e6, frozenPerExample: 0 }],
          ['distil', { step: 1e6, frozenPerExample: 1000 }],
        ]),
      },
    })
    const start = weights(made, 'T')
    const outcome = await made.run()
    expect(weights(made, 'K')).toEqual(weights(made, 'T'))
    expect(weights(made, 'K')).not.toEqual(start)
    // 60 examples in batches of 8: 8 steps an epoch.
    expect(steps.filter(({ stage: name }) => name === 'learn')).toHaveLength(24)
    expect(steps.filter(({ stage: name }) => name === 'finish')).toHaveLength(2)
    const losses = steps.filter(({ stage: name }) => name === 'distil').map(({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2)
    expect(outcome).toMatchObject({
      kind: 'finished',
      best: [{ stage: 'distil', best: { metric: 'accuracy', model: 'S' } }],
    })
    expect(made.score(student.instance)?.values.get('accuracy')).toBeGreaterThan(0.5)
    expect(readdirSync(folder.path).sort()).toEqual(['best', 'checkpoints', 'metrics.jsonl'])
    expect(readdirSync(folder.best).sort()).toEqual(['H.safetensors', 'S.safetensors', 'T.safetensors'])
    const lines = readFileSync(join(folder.path, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({
      stage: 'learn',
      step: 20,
      terms: { loss: expect.any(Number) },
      gradient_norm: expect.any(Number),
    })
    expect(lines.filter((line) => line.event === 'evaluation')).toHaveLength(3)
    expect(begun.map(({ memory }) => memory)).toEqual([undefined, { peak: 1024, available: 4096 }, undefined])
    // 8 steps of an epoch and the teacher's values of 60 examples; 2 steps of `finish` without a plan.
    const later = [
      { steps: 26, work: 24 * 1e6 + 60 * 1000, evaluations: 3 / 5 },
      { steps: 2, work: 0, evaluations: 0 },
    ]
    expect(begun.map(({ work }) => work)).toEqual([
      { step: 5e6, later: later[0] },
      { step: 1e6, later: later[1] },
      undefined,
    ])
    const first = lines.findIndex((line) => line.stage === 'distil')
    expect(lines[first]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'memory',
      stage: 'distil',
      step: 0,
      planned_bytes: 1024,
      available_bytes: 4096,
    })
    // The heir started from what the teacher had learnt, and moved two steps from there.
    const far = weights(made, 'H').map((value, i) => Math.abs(value - (weights(made, 'T')[i] ?? 0)))
    expect(Math.max(...far)).toBeLessThan(0.11)
    expect(Math.max(...far)).toBeGreaterThan(0)
  })

  it.each([
    ['cpu, updated on the host', runner],
    ['wasm, updated on the device', wasm],
  ])(
    'that is interrupted anywhere and goes on equals one that never stopped, bit for bit: %s',
    async (_, own) => {
      const straight = trainer(freshFolder(), { runner: own })
      await straight.run()
      const folder = freshFolder()
      let asked = 0
      // Stops in the middle of an epoch of each stage, and at the very start of the second.
      for (const stop of [5, 24, 37]) {
        const part = trainer(folder, { runner: own, interrupted: () => asked++ === stop })
        if (stop > 5) part.resume()
        const outcome = await part.run()
        expect(outcome.kind).toBe('interrupted')
        asked = stop
      }
      const last = trainer(folder, { runner: own })
      last.resume()
      expect((await last.run()).kind).toBe('finished')
      for (const model of ['T', 'K', 'S', 'H']) expect(weights(last, model)).toEqual(weights(straight, model))
      const bytes = (name: string, from: RunFolder): Buffer => readFileSync(from.model(name))
      expect(bytes('S', folder).equals(bytes('S', straight.folder))).toBe(true)
    },
  )

  it('leaves out partial batches where a stage says so: fewer steps, all whole, and going on gives the same', async () => {
    // 60 examples in batches of 8: 7 whole ones and 4 examples.
    const dropping = program([teacher], [{ ...learn, partial: 'drop' }])
    const batches: number[] = []
    const data = new TinyData()
    const plan = data.epoch.bind(data)
    data.epoch = (name, asked) => {
      const planned = plan(name, asked)
      batches.push(...planned.map((examples) => examples.length))
      return planned
    }
    const steps: StepDone[] = []
    const straight = trainer(freshFolder(), {
      program: dropping,
      data,
      observer: { step: (event) => steps.push(event) },
    })
    await straight.run()
    expect(steps.map(({ step, total, stepsPerEpoch }) => [step, total, stepsPerEpoch]).at(-1)).toEqual([
      21, 21, 7,
    ])
    expect(new Set(batches)).toEqual(new Set([8]))
    const folder = freshFolder()
    let asked = 0
    const part = trainer(folder, { program: dropping, interrupted: () => asked++ === 10 })
    expect((await part.run()).kind).toBe('interrupted')
    const rest = trainer(folder, { program: dropping })
    rest.resume()
    await rest.run()
    expect(weights(rest, 'T')).toEqual(weights(straight, 'T'))
  })

  it('is the same for the same seed and another for another', async () => {
    const [a, b, c] = [trainer(freshFolder()), trainer(freshFolder()), trainer(freshFolder(), { seed: 4 })]
    for (const made of [a, b, c]) await made.run()
    expect(weights(a, 'S')).toEqual(weights(b, 'S'))
    expect(weights(a, 'S')).not.toEqual(weights(c, 'S'))
  })

  it('stops early after `patience` evaluations without a better score, with the best weights', async () => {
    const folder = freshFolder()
    // No rate at all: nothing ever gets better.
    const still = distil({
      patience: 2,
      every: 3,
      optimizer: { ...stillOptimizer(), groups: [] },
    })
    const ends: { steps: number; early: boolean }[] = []
    const made = trainer(folder, {
      program: program([teacher, copy, student], [learn, still]),
      observer: { stageEnds: (event) => ends.push(event) },
    })
    await made.run()
    expect(ends[1]).toMatchObject({ steps: 9, early: true, best: { step: 3 } })
  })

  it('keeps the checkpoints of the last evaluations of each stage, whole, beside the best weights', async () => {
    const folder = freshFolder()
    const steps: number[] = []
    const kept = distil({ every: 2, keep: { best: { metric: 'accuracy' }, last: 2 } })
    const made = trainer(folder, {
      program: program([teacher, copy, student, heir], [learn, kept, finish]),
      observer: { scored: (event) => event.stage === 'distil' && steps.push(event.step) },
    })
    await made.run()
    expect(steps.length).toBeGreaterThan(2)
    const names = steps.slice(-2).map((step) => `distil-step-${step}`)
    expect(folder.checkpoints).toEqual(['best-distil', 'last', 'previous', ...names].sort())
    for (const [i, name] of names.entries())
      expect(readProgress(folder.checkpoint(name))).toMatchObject({ stage: 'distil', step: steps.at(i - 2) })
    // Each has its own weights: later checkpoints have not been written over earlier ones.
    const [before, after] = names.map((name) => readSafetensors(folder.checkpoint(name)))
    const key = student.keys[0] ?? ''
    expect(before?.get(key)?.data).not.toEqual(after?.get(key)?.data)
  })

  it('begins with the score of a teacher that it does not train, and says it once', async () => {
    const fixed = tinyModel('F', 'teacher', 8)
    const lesson = stage('lesson', softLoss(student.logits, fixed.logits), {
      trained: student.keys,
      training: new Set(['S']),
      instances: ['S', 'F'],
      budget: { amount: 4, unit: 'steps' },
    })
    const folder = freshFolder()
    const told: string[] = []
    let asked = 0
    const part = (interrupted: boolean): Trainer =>
      trainer(folder, {
        program: program([fixed, student], [lesson]),
        interrupted: () => interrupted && asked++ === 2,
        observer: {
          teacher: ({ model, split, values }) => told.push(`${model} on ${split}: ${values.get('accuracy')}`),
          step: ({ step }) => told.push(`step ${step}`),
        },
      })
    const logged = (): string[] => readFileSync(join(folder.path, 'metrics.jsonl'), 'utf8').trim().split('\n')
    const first = part(true)
    const accuracy = first.score(fixed.instance)?.values.get('accuracy')
    expect(accuracy).toBeGreaterThanOrEqual(0)
    expect((await first.run()).kind).toBe('interrupted')
    const score = `F on validation: ${accuracy}`
    expect(told).toEqual([score, 'step 1', 'step 2'])
    expect(JSON.parse(logged()[0] ?? '')).toMatchObject({
      event: 'teacher',
      model: 'F',
      data: 'made_up',
      split: 'validation',
      metrics: { accuracy },
    })
    const second = part(false)
    second.resume()
    expect((await second.run()).kind).toBe('finished')
    expect(told).toEqual([score, 'step 1', 'step 2', 'step 3', 'step 4'])
    expect(logged().filter((line) => line.includes('"teacher"'))).toHaveLength(1)
  })

  it('takes only the stages asked for, and only so many steps', async () => {
    const steps: StepDone[] = []
    const made = trainer(freshFolder(), {
      stages: ['distil'],
      maxSteps: 2,
      verifyCheckpoints: true,
      observer: { step: (event) => steps.push(event) },
    })
    await made.run()
    expect(steps.map(({ stage: name, step, total }) => [name, step, total])).toEqual([
      ['distil', 1, 2],
      ['distil', 2, 2],
    ])
  })

  it('keeps moments and the count of updates where a stage continues the optimizer, and only there', async () => {
    const updatesAfter = async (continueOptimizer: boolean): Promise<number | undefined> => {
      const more = stage('more', hardLoss(teacher.logits), {
        trained: teacher.keys,
        instances: ['T'],
        budget: { amount: 2, unit: 'steps' },
        continueOptimizer,
      })
      const folder = freshFolder()
      await trainer(folder, { program: program([teacher], [learn, more]) }).run()
      return readProgress(folder.last).updates['T.embedding.weight']
    }
    expect(await updatesAfter(true)).toBe(26)
    expect(await updatesAfter(false)).toBe(2)
  })

  it('holds nothing on the device that grows with its length', async () => {
    const own = await createRunner('cpu')
    const sizes: number[] = []
    const observer = { step: ({ step }: StepDone) => void (step > 2 && sizes.push(own.memory().tensors)) }
    await trainer(freshFolder(), { runner: own, stages: ['learn'], observer }).run()
    own.dispose()
    expect(new Set(sizes).size).toBe(1)
  })
})

describe('a loss that becomes NaN', () => {
  it('stops before the update, says where, and keeps the last good checkpoint', async () => {
    // log of the difference of the loss to itself, once the rate has moved things: 0 / 0 in the end.
    const soft = softLoss(student.logits, copy.logits)
    const progress = term({ op: 'schedule', name: 'progress' }, [], [])
    const half = term({ op: 'number', value: 0.5 }, [], [])
    const edge = term(
      { op: 'unary', name: 'log' },
      [term({ op: 'binary', name: '-' }, [half, progress], [])],
      [],
    )
    const sharp = term({ op: 'binary', name: '*' }, [soft, edge], [])
    const bad = distil({
      minimize: sharp,
      terms: [{ name: 'sharp', term: sharp, span: learn.span }],
      every: 4,
    })
    const folder = freshFolder()
    const made = trainer(folder, { program: program([teacher, copy, student], [learn, bad]) })
    const error = await made.run().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(DiagnosticError)
    const [diagnostic] = error instanceof DiagnosticError ? error.diagnostics : []
    await expect(`${diagnostic?.code}: ${diagnostic?.message}\n${diagnostic?.help}\n`).toMatchFileSnapshot(
      '../golden/train/nan.txt',
    )
    // Step 13 of 24 is the first with log(0): the checkpoint of step 12 is there, and finite.
    const saved = readSafetensors(folder.last)
    for (const { data } of saved.values()) expect(data.every(Number.isFinite)).toBe(true)
  })
})

describe('what a run refuses', () => {
  it('a stage without data', () => {
    const { data: _, ...bare } = learn
    expect(() => trainer(freshFolder(), { program: program([teacher], [bare]), stages: ['learn'] })).toThrow(
      /E0733/,
    )
  })

  it('fewer examples than one whole batch where partial ones are left out, before any stage begins', () => {
    const large: Stage = { ...distil(), batch: 64, partial: 'drop' }
    expect(() =>
      trainer(freshFolder(), { program: program([teacher, copy, student], [learn, large]) }),
    ).toThrow(/E0862.*whole batch of 64.*60 training examples/)
    expect(() => new StageFeed(large, 'made_up', new TinyData(), 0)).toThrow(/E0862/)
    expect(new StageFeed({ ...large, batch: 60 }, 'made_up', new TinyData(), 0).stepsPerEpoch).toBe(1)
  })
})

function stillOptimizer(): NonNullable<Stage['optimizer']> {
  const settings = {
    rate: { kind: 'constant', rate: 0 } as const,
    betas: [0.9, 0.999] as const,
    epsilon: 1e-8,
    weightDecay: 0,
    momentum: 0,
  }
  return { kind: 'sgd', settings, groups: [], span: learn.span }
}
