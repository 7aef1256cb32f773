import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import type { Stage } from '../../src/check/program.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import type { Batch } from '../../src/data/dataset.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { evaluateBatch, runSteps } from '../../src/train/step.ts'
import type { StepContext } from '../../src/train/step-inputs.ts'
import {
  adamw,
  hardLoss,
  program,
  sentences,
  softLoss,
  stage,
  TinyData,
  term,
  tinyModel,
  weighted,
} from './tiny-program.ts'

const runner = await createRunner('reference')
const teacher = tinyModel('T', 'teacher', 6)
const student = tinyModel('S', 'student', 4, { rate: 0.2 })
const minimize = term(
  { op: 'binary', name: '+' },
  [weighted(2, softLoss(student.logits, teacher.logits)), hardLoss(student.logits)],
  [],
)
const moment = { progress: 0, step: 0, epoch: 0 }
const random = { seed: 7, stage: 'distil', step: 3 }

function contextOf(change: Partial<Stage> = {}): StepContext {
  const own = stage('distil', minimize, {
    trained: student.keys,
    training: new Set(['S']),
    instances: ['T', 'S'],
    ...change,
  })
  const whole = program([teacher, student], [own])
  const store = new ParameterStore()
  const initialiser = new Initialiser(whole, store, { seed: 0 })
  initialiser.instance('T')
  initialiser.instance('S')
  return { stage: own, graphs: compileStage(whole, own), store, runner }
}

function batchOf(count: number): Batch {
  return new TinyData().batch('made_up', sentences(count, 'train.tsv', 3), random)
}

describe('accumulation', () => {
  it('of micro-batches equals the whole batch, dropout and unequal token counts included', () => {
    const context = contextOf()
    const batch = batchOf(11)
    const whole = evaluateBatch(context, [batch], random, moment)
    for (const size of [1, 4, 7]) {
      const parts = evaluateBatch(context, splitMicrobatches(batch, size), random, moment)
      expect(parts.total).toBeCloseTo(whole.total, 6)
      for (const [key, gradient] of whole.gradients) {
        gradient.forEach((value, i) => {
          expect(Math.abs((parts.gradients.get(key)?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-6)
        })
      }
    }
  })
  it('with normalise = microbatch is the mean of the micro-batches own means', () => {
    const context = contextOf({ normalise: 'microbatch' })
    const parts = splitMicrobatches(batchOf(11), 4)
    const each = parts.map((part) => evaluateBatch(context, [part], random, moment))
    const together = evaluateBatch(context, parts, random, moment)
    expect(together.total).toBeCloseTo(each.reduce((sum, one) => sum + one.total, 0) / each.length, 9)
    const key = 'S.task.logits.bias'
    const mean = each.reduce((sum, one) => sum + (one.gradients.get(key)?.[1] ?? Number.NaN), 0) / each.length
    expect(together.gradients.get(key)?.[1]).toBeCloseTo(mean, 7)
    expect(together.total).not.toBeCloseTo(evaluateBatch(contextOf(), parts, random, moment).total, 4)
  })
  it('counts nothing as 0, not NaN', () => {
    const batch = batchOf(5)
    const inputs = new Map(batch.inputs)
    inputs.set('attended', {
      dtype: 'bool',
      shape: [batch.B, batch.L],
      data: new Uint8Array(batch.B * batch.L),
    })
    const { total, gradients } = evaluateBatch(contextOf(), [{ ...batch, inputs }], random, moment)
    expect(total).not.toBeNaN()
    for (const gradient of gradients.values()) expect(gradient.every(Number.isFinite)).toBe(true)
  })
})

describe('runSteps', () => {
  it('gives the losses before each update, and the first gradients', () => {
    const context = contextOf({
      optimizer: adamw(0.05, { settings: { ...adamw(0).settings, rate: { kind: 'constant', rate: 0.05 } } }),
    })
    const before = context.store.get('S.task.logits.weight').data.slice()
    const batch = batchOf(11)
    const result = runSteps(context, [batch], 5)
    expect(result.trajectory).toHaveLength(5)
    expect(result.trajectory[0]).toBe(result.total)
    expect(result.trajectory[4]).toBeLessThan(result.total)
    expect([...result.gradients.keys()]).toEqual(student.keys)
    expect(context.store.get('S.task.logits.weight').data).not.toEqual(before)
    expect(context.store.get('T.task.logits.weight').version).toBe(1)
  })
  it('refuses several steps without an optimizer, and takes one', () => {
    const context = contextOf()
    const { optimizer: _, ...bare } = context.stage
    expect(runSteps({ ...context, stage: bare }, [batchOf(3)], 1).trajectory).toHaveLength(1)
    expect(() => runSteps({ ...context, stage: bare }, [batchOf(3)], 2)).toThrow(/E0732/)
  })
})
