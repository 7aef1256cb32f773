/** A table of which few rows are looked up, trained for some steps: with gradients of all its rows, and with those that are left out where no id names a row. */
import type { OptimizerSettings, OptimizerSpec } from '../../src/check/program.ts'
import { Builder } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import { Resident } from '../../src/run/resident.ts'
import type { Runner, RunRequest } from '../../src/run/runner.ts'
import { optimizers } from '../../src/train/optimizers/index.ts'
import { random } from '../lower/spec-run.ts'
import { data } from './linear-weights.ts'

// Rows that lie across the pieces that sums are cut into.
export const [rows, width, padding, few] = [1200, 72, 7, 40]
export const gradients = new Map([[gradientName('table'), 'table']])

/** `whole`: behind a product, so that no backend can know of its rows. */
export function tableGradient(whole = false) {
  const builder = new Builder(ops)
  const ids = builder.input('ids', tensorType('i32', [{ axis: 'example', size: 'B' }]))
  const type = tensorType('f32', [
    { axis: 'example', size: 'B' },
    { axis: 'unit', size: width },
  ])
  const gradient = builder.add('lookup_gradient', [ids, builder.input('g', type)], { rows, padding })
  const result = whole ? builder.add('multiply', [gradient, builder.constant(1)]) : gradient
  return builder.finish('table', new Map([[gradientName('table'), result]]))
}

export type OptimizerKind = OptimizerSpec['kind']

/** Some rows by their ids. `whole`: as many positions as the table has rows, most of them padding, so that nothing is left out. */
export function requestOf(batch: number, whole: boolean): RunRequest {
  const count = whole ? rows : few
  const ids = Int32Array.from({ length: count }, (_, i) =>
    i < few ? Math.floor(random(i + 1000 * batch) * rows) : padding,
  )
  const g = new Float32Array(count * width).fill(1)
  g.set(data(few * width, batch))
  return {
    sizes: { B: count, L: 1 },
    inputs: new Map([
      ['ids', { dtype: 'i32', shape: [count], data: ids }],
      ['g', { dtype: 'f32', shape: [count, width], data: g }],
    ]),
    parameter: () => new Resident([1]),
    random: { seed: 0, stage: 'test', step: 0 },
  }
}

type Change = (step: number, parameter: Resident, slots: readonly Resident[]) => void

export interface Course {
  readonly kind: OptimizerKind
  readonly weightDecay?: number
  /** Micro-batches of a step. */
  readonly parts?: number
  /** What the host does after a step. */
  readonly change?: Change
  /** Steps whose gradient has all rows, in both ways. */
  readonly dense?: number
}

/** Weights, moments and norms of five steps. */
export function trained(runner: Runner, course: Course, whole: boolean): readonly (Float32Array | number)[] {
  const { kind, weightDecay = 0.01, parts = 1, change, dense } = course
  const { updater } = runner
  if (updater === undefined) throw new Error('the backend has an updater')
  const [graph, wholeGraph] = [tableGradient(), tableGradient(true)]
  const parameter = new Resident([rows, width], data(rows * width, 99))
  const slots = optimizers[kind].slots.map(() => new Resident([rows, width]))
  const settings: OptimizerSettings = {
    rate: { kind: 'constant', rate: 1e-2 },
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    weightDecay,
    momentum: 0.9,
  }
  const norms: number[] = []
  for (let step = 1; step <= 5; step++) {
    const all = whole || step === dense
    for (let part = 0; part < parts; part++)
      updater.accumulate(all ? wholeGraph : graph, requestOf(10 * step + part, all), gradients)
    norms.push(...updater.squares())
    const rule = optimizers[kind].rule({ rate: 1e-2, update: step, settings, scale: 0.5, clip: 0.1 })
    updater.update([{ name: 'table', parameter, slots, rule }])
    change?.(step, parameter, slots)
  }
  const result = [...norms, ...[parameter, ...slots].map((one) => one.data.slice())]
  for (const one of [parameter, ...slots]) one.release()
  return result
}

const after =
  (step: number, edit: (parameter: Resident, slots: readonly Resident[]) => void): Change =>
  (at, parameter, slots) => {
    if (at === step) edit(parameter, slots)
  }
export const courses: readonly (readonly [title: string, course: Course])[] = [
  ...(Object.keys(optimizers) as OptimizerKind[]).map((kind) => [kind, { kind }] as const),
  ['without weight decay', { kind: 'adamw', weightDecay: 0 }],
  ['in micro-batches', { kind: 'adamw', parts: 3 }],
  ['with a gradient of all rows among others', { kind: 'adamw', dense: 3 }],
  [
    'with weights that the host changes',
    { kind: 'adamw', change: after(2, (parameter) => parameter.assign(data(rows * width, 98))) },
  ],
  [
    'with first moments that the host changes',
    { kind: 'adamw', change: after(2, (_, [first]) => first?.assign(data(rows * width, 97))) },
  ],
  [
    'with second moments that the host changes',
    {
      kind: 'adamw',
      change: after(2, (_, [, second]) => second?.assign(data(rows * width, 96).map(Math.abs))),
    },
  ],
  [
    'gone on from a checkpoint',
    {
      kind: 'adamw',
      change: after(2, (_, slots) => {
        for (const slot of slots) slot.assign(slot.data.slice())
      }),
    },
  ],
]
