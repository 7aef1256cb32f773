import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import { FirstUse } from '../../src/train/first-use.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import type { TrainOptions } from '../../src/train/train-options.ts'
import { trainedWeights } from '../../src/train/trained-model.ts'
import {
  adamw,
  hardLoss,
  program,
  softLoss,
  stage,
  TinyData,
  type TinyModel,
  term,
  tinyModel,
} from './tiny-program.ts'

/** Models that start from one that the same run trains. */
const runner = await createRunner('cpu')
const root = mkdtempSync(join(tmpdir(), 'first-use-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  runner.dispose()
})
let folders = 0
const freshFolder = (): RunFolder => new RunFolder(join(root, `run-${folders++}`))

const trained = tinyModel('T', 'student', 8)
const student = tinyModel('S', 'student', 8, { from: 'T', rate: 0.1 })
/** A frozen model that starts from one that is trained on. */
const frozen = tinyModel('B', 'teacher', 8, { from: 'T' })
const heir = tinyModel('H', 'student', 8, { from: 'S' })
const steps = (amount: number) => ({ budget: { amount, unit: 'steps' as const } })

const learn = stage('learn', hardLoss(trained.logits), {
  trained: trained.keys,
  instances: ['T'],
  ...steps(10),
})
const both = stage(
  'both',
  term({ op: 'binary', name: '+' }, [softLoss(student.logits, frozen.logits), hardLoss(trained.logits)], []),
  {
    trained: [...student.keys, ...trained.keys],
    training: new Set(['S', 'T']),
    instances: ['S', 'B', 'T'],
    ...steps(12),
  },
)
const finish = stage('finish', hardLoss(heir.logits), {
  trained: heir.keys,
  instances: ['H'],
  ...steps(4),
})
const whole = program([trained, student, frozen, heir], [learn, both, finish])

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

type Store = Pick<Trainer['store'], 'get'>
const weights = (store: Store, { keys }: TinyModel): number[] =>
  keys.flatMap((key) => Array.from(store.get(key).data))

describe('a model that starts from one of an earlier stage', () => {
  it('starts from what that stage has trained, when the first stage that needs it begins', async () => {
    const still = { optimizer: adamw(0) }
    const made = trainer(freshFolder(), {
      program: program(
        [trained, student, frozen, heir],
        [learn, { ...both, ...still }, { ...finish, ...still }],
      ),
    })
    const start = weights(made.store, trained)
    await made.run()
    const learnt = weights(made.store, trained)
    expect(learnt).not.toEqual(start)
    for (const model of [student, frozen, heir]) expect(weights(made.store, model)).toEqual(learnt)
  })

  it('keeps that where its source is trained further, and is scored as a teacher when it starts', async () => {
    const folder = freshFolder()
    const made = trainer(folder, { stages: ['learn'] })
    await made.run()
    const learnt = weights(made.store, trained)
    const told: string[] = []
    const on = trainer(freshFolder(), {
      observer: {
        teacher: ({ model }) => told.push(model),
        stageBegins: ({ stage: name }) => told.push(name),
      },
    })
    await on.run()
    expect(weights(on.store, frozen)).toEqual(learnt)
    expect(weights(on.store, trained)).not.toEqual(learnt)
    expect(told).toEqual(['learn', 'B', 'both', 'finish'])
  })

  it('is the same in a run that is interrupted anywhere and goes on, bit for bit', async () => {
    const straight = trainer(freshFolder())
    await straight.run()
    for (const stops of [[4], [10], [10, 10], [11, 15], [22], [24]]) {
      const folder = freshFolder()
      for (const [part, stop] of stops.entries()) {
        let done = stops.slice(0, part).reduce((n, one) => Math.max(n, one), 0)
        const one = trainer(folder, { interrupted: () => done++ >= stop })
        if (part > 0) one.resume()
        expect((await one.run()).kind).toBe('interrupted')
      }
      const rest = trainer(folder)
      rest.resume()
      await rest.run()
      for (const model of [trained, student, frozen, heir])
        expect(weights(rest.store, model), `${model.instance.name} after ${stops}`).toEqual(
          weights(straight.store, model),
        )
      const lines = readFileSync(join(folder.path, 'metrics.jsonl'), 'utf8').trim().split('\n')
      expect(lines.filter((line) => line.includes('"teacher"'))).toHaveLength(1)
    }
  })

  it('is read from a run that has not come so far as what its source is by then', async () => {
    const folder = freshFolder()
    let asked = 0
    const part = trainer(folder, { interrupted: () => asked++ === 6 })
    await part.run()
    const options = { seed: 3, randomWeights: false }
    const begun = trainedWeights(whole, ['H', 'B'], options, folder)
    expect(weights(begun, heir)).toEqual(weights(part.store, trained))
    expect(weights(begun, frozen)).toEqual(weights(part.store, trained))
  })
})

describe('the first use of a model', () => {
  const use = (checked: Program): FirstUse => new FirstUse(checked, checked.stages)
  it('is the first stage that trains or reads it, or what is made from it', () => {
    const source = tinyModel('G', 'teacher', 8)
    const made = tinyModel('M', 'student', 8, { from: 'G' })
    const last = stage('last', hardLoss(made.logits), { trained: made.keys, instances: ['M'] })
    const first = use(program([trained, source, made], [learn, last]))
    expect(['T', 'G', 'M'].map((name) => first.of(name))).toEqual([0, 1, 1])
    expect(['T', 'G', 'M'].map((name) => first.dependsOnTraining(name))).toEqual([false, false, false])
    expect(first.beginningAt(1)).toEqual([])
  })
  it('puts sources before what is made from them', () => {
    const first = use(program([heir, student, trained], [learn, finish]))
    expect(first.beginningAt(1)).toEqual(['S', 'H'])
    expect(first.of('S')).toBe(1)
  })
  it('is nothing to wait for where the source is trained only from then on', () => {
    const together = use(program([trained, student, frozen], [both]))
    expect(['S', 'B'].map((name) => together.dependsOnTraining(name))).toEqual([false, false])
  })
  it('of a copy is after its stage, or the last of a family', () => {
    const copy = tinyModel('K', 'teacher', 8, { copyOf: { instance: 'T', stage: 'climb' } })
    const member = (index: number) => ({
      ...learn,
      name: `climb[${index}]`,
      family: { name: 'climb', index },
    })
    const family = program(
      [trained, copy, student],
      [member(1), member(2), { ...both, instances: ['S', 'K'] }],
    )
    expect(use(family).copiedAfter(copy.instance)).toBe(1)
    expect(use(family).hasStarted(copy.instance, 1, 2)).toBe(false)
    expect(use(family).hasStarted(copy.instance, 2, 2)).toBe(true)
    expect(new FirstUse(family, family.stages.slice(2)).copiedAfter(copy.instance)).toBeUndefined()
  })
})
