/** Settings of the shipped specs that published code has, and that no golden text would miss if they went. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OptimizerSettings, OptimizerSpec, Program, Stage } from '../../src/check/program.ts'
import { masksIn, reachable } from '../../src/check/term-reads.ts'
import { momentAt, rateAt } from '../../src/train/schedule.ts'
import { programOf } from '../lower/spec-run.ts'

const root = new URL('../..', import.meta.url).pathname
const specs = readdirSync(join(root, 'specs')).filter((file) => file.endsWith('.distill'))
const programs = new Map<string, Program>()

function shipped(spec: string): Program {
  const program = programs.get(spec) ?? programOf({ path: join(root, 'specs', spec) })
  programs.set(spec, program)
  return program
}

function optimizerOf({ optimizer }: Stage): OptimizerSpec {
  if (optimizer === undefined) throw new Error('no optimizer')
  return optimizer
}

describe.each(specs)('%s', (spec) => {
  it('pads to max_length where a loss counts padding, so that nothing depends on the longest text of a batch', () => {
    const { stages, data } = shipped(spec)
    const counting = stages.filter((stage) => masksIn(reachable(stage.minimize)).has('any'))
    expect(
      counting.map((stage) => [
        stage.name,
        data.get(stage.data ?? '')?.pad,
        data.get(stage.data ?? '')?.group,
      ]),
    ).toEqual(counting.map(({ name }) => [name, 'max_length', 'none']))
    const published = /^(tinybert|distilbert-squad)/.test(spec)
    expect(counting.length > 0).toBe(published)
  })
})

it.each(['tinybert-4.distill', 'tinybert-6.distill'])('%s leaves out partial batches', (spec) => {
  expect(shipped(spec).stages.map(({ name, partial }) => [name, partial])).toEqual([
    ['general', 'drop'],
    ['intermediate', 'drop'],
    ['prediction', 'drop'],
  ])
})

describe.each(specs.filter((spec) => /^(albert|mobilebert)/.test(spec)))('LAMB in %s', (spec) => {
  it('has no bias correction, and no trust ratio for what has no decay', () => {
    for (const stage of shipped(spec).stages) {
      const { kind, settings, clip, groups } = optimizerOf(stage)
      const of = (key: string): OptimizerSettings =>
        groups.findLast(({ parameters }) => parameters.has(key))?.settings ?? settings
      const forms = new Map(stage.trained.map((key) => [key, of(key)]))
      expect([kind, clip]).toEqual(['lamb', 1])
      for (const [key, { biasCorrection, trust, weightDecay, epsilon }] of forms) {
        const bare = /\.(bias|scale)$/.test(key)
        expect([biasCorrection, trust, weightDecay, epsilon]).toEqual([false, !bare, bare ? 0 : 0.01, 1e-6])
      }
    }
  })
})

it("ALBERT's rate is that of its code: up to the rate, then on the line from the rate at step 0", () => {
  const [stage] = shipped('albert-base-e128-all.distill').stages
  if (stage === undefined) throw new Error('no stage')
  const { rate } = optimizerOf(stage).settings
  const at = (step: number): number => rateAt(rate, momentAt(step, 125_000, 1000))
  expect(at(0)).toBe(0)
  expect(at(1000)).toBeCloseTo((1.76e-3 * 1000) / 3125, 12)
  expect(at(3124)).toBeCloseTo((1.76e-3 * 3124) / 3125, 12)
  expect(at(3125)).toBeCloseTo(1.76e-3 * (1 - 3125 / 125_000), 12)
  expect(at(100_000)).toBeCloseTo(1.76e-3 * 0.2, 12)
})

it("MobileBERT's transfer trains layers alone, those below the newest at a tenth of its rate", () => {
  const { stages } = shipped('mobilebert.distill')
  for (const [index, stage] of stages.filter(({ family }) => family?.name === 'climb').entries()) {
    const { settings, groups } = optimizerOf(stage)
    const layers = stage.trained.map((key) => Number(/^S\.layer\[(\d+)\]/.exec(key)?.[1]))
    expect(new Set(layers)).toEqual(new Set(Array.from({ length: index + 1 }, (_, i) => i + 1)))
    const moment = momentAt(5000, 10_000, 1000)
    stage.trained.forEach((key, i) => {
      const own = groups.findLast(({ parameters }) => parameters.has(key))?.settings ?? settings
      const share = layers[i] === index + 1 ? 1 : 0.1
      expect(rateAt(own.rate, moment)).toBeCloseTo(share * 3 * 1.5e-3 * (0.9 + 0.1 * Math.sqrt(0.5)), 12)
    })
  }
})

it("MobileBERT's rate in distillation ends at a ten-thousandth of it", () => {
  const stage = shipped('mobilebert.distill').stages.find(({ name }) => name === 'distil')
  if (stage === undefined) throw new Error('no stage')
  const { rate } = optimizerOf(stage).settings
  const at = (step: number): number => rateAt(rate, momentAt(step, 500_000, 1000))
  expect(at(5000)).toBeCloseTo(1.5e-3 / 2, 12)
  expect(at(250_000)).toBeCloseTo(1.5e-3 * (1 - 0.9999 / 2), 12)
  expect(at(500_000)).toBeCloseTo(1.5e-7, 12)
})

it('DistilBERT has no weight decay', () => {
  const [stage] = shipped('distilbert.distill').stages
  if (stage === undefined) throw new Error('no stage')
  const { kind, settings, groups, clip } = optimizerOf(stage)
  expect([kind, settings.weightDecay, groups, clip, settings.betas, settings.epsilon]).toEqual([
    'adamw',
    0,
    [],
    5,
    [0.9, 0.98],
    1e-6,
  ])
})
