/** Gradients of tables of which few rows are looked up: rows that no id names are left out, and everything is as if they were zeros. */
import { describe, expect, it } from 'vitest'
import { addressOf, blockOf } from '../../src/backends/native/device.ts'
import { nativeRunner } from '../../src/backends/native/index.ts'
import { nativeParts } from '../../src/backends/native/parts.ts'
import type { OptimizerSettings, OptimizerSpec } from '../../src/check/program.ts'
import { gradientName } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import type { Held } from '../../src/run/device.ts'
import type { Executor } from '../../src/run/executor.ts'
import { hostView } from '../../src/run/host.ts'
import { Resident } from '../../src/run/resident.ts'
import type { RunRequest } from '../../src/run/runner.ts'
import { deviceDType, siteOf } from '../../src/run/site.ts'
import { optimizers } from '../../src/train/optimizers/index.ts'
import { random } from '../lower/spec-run.ts'
import { describeProvider } from '../run/backends.ts'
import { data } from './linear-weights.ts'

// Rows that lie across the pieces that sums are cut into.
const [rows, width, padding, few] = [1200, 72, 7, 40]
const gradients = new Map([[gradientName('table'), 'table']])

function tableGradient() {
  const builder = new Builder(ops)
  const ids = builder.input('ids', tensorType('i32', [{ axis: 'example', size: 'B' }]))
  const type = tensorType('f32', [
    { axis: 'example', size: 'B' },
    { axis: 'unit', size: width },
  ])
  const gradient = builder.add('lookup_gradient', [ids, builder.input('g', type)], { rows, padding })
  return builder.finish('table', new Map([[gradientName('table'), gradient]]))
}

type OptimizerKind = OptimizerSpec['kind']

/** Some rows by their ids. `whole`: as many positions as the table has rows, most of them padding, so that nothing is left out. */
function requestOf(batch: number, whole: boolean): RunRequest {
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

function never(): never {
  throw new Error('no form of a parameter is asked for')
}

type Change = (step: number, parameter: Resident, slots: readonly Resident[]) => void

interface Course {
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
function trained(runner: Executor, course: Course, whole: boolean): readonly (Float32Array | number)[] {
  const { kind, weightDecay = 0.01, parts = 1, change, dense } = course
  const { updater } = runner
  if (updater === undefined) throw new Error('there is a compiler where these tests run')
  const graph = tableGradient()
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
    for (let part = 0; part < parts; part++)
      updater.accumulate(graph, requestOf(10 * step + part, whole || step === dense), gradients)
    norms.push(updater.norm())
    const rule = optimizers[kind].rule({ rate: 1e-2, update: step, settings, scale: 0.5, clip: 0.1 })
    updater.update([{ name: 'table', parameter, slots, rule }])
    change?.(step, parameter, slots)
  }
  const result = [...norms, ...[parameter, ...slots].map((one) => one.data.slice())]
  for (const one of [parameter, ...slots]) one.release()
  return result
}

describeProvider('native', 'native', () => {
  const after =
    (step: number, edit: (parameter: Resident, slots: readonly Resident[]) => void): Change =>
    (at, parameter, slots) => {
      if (at === step) edit(parameter, slots)
    }
  const courses: readonly (readonly [title: string, course: Course])[] = [
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

  describe('rows of a table without a gradient', () => {
    it.each(courses)('are left out, and nothing changes by it: %s', async (_title, course) => {
      const runner = await nativeRunner({ threads: 2 })
      try {
        const all = trained(runner, course, true)
        expect(trained(runner, course, false)).toEqual(all)
      } finally {
        runner.dispose()
      }
    })

    it('are zeros for who reads them, and for sums with all rows', async () => {
      const runner = await nativeRunner({ threads: 2 })
      try {
        const graph = tableGradient()
        // What lay in this memory before is not zeros.
        const read = (whole: boolean, ...batches: readonly number[]): Float32Array | undefined => {
          for (const batch of batches) runner.updater?.accumulate(graph, requestOf(batch, whole), gradients)
          const sum = runner.updater?.gradient('table')
          runner.updater?.discard()
          return sum
        }
        const once = read(true, 1)
        read(true, 2)
        expect(read(false, 1)).toEqual(once)
        expect(runner.run(graph, requestOf(1, false)).get(gradientName('table'))?.data).toEqual(once)
        expect(read(false, 1, 2, 3)).toEqual(read(true, 1, 2, 3))
        const { updater } = runner
        updater?.accumulate(graph, requestOf(1, false), gradients)
        updater?.accumulate(graph, requestOf(2, true), gradients)
        const both = updater?.gradient('table')
        updater?.discard()
        expect(both).toEqual(read(true, 1, 2))
      } finally {
        runner.dispose()
      }
    })

    it('are left out where few positions read a large table, until somebody asks where it lies', async () => {
      const parts = await nativeParts({ threads: 2 })
      const run = (whole: boolean): Held => {
        const { sizes, inputs, random } = requestOf(1, whole)
        const [node] = tableGradient().outputs.values()
        if (node === undefined) throw new Error('the graph has an output')
        const given = [...inputs.values()].map(({ dtype, shape, data }) =>
          parts.device.upload(hostView(dtype, data), shape, deviceDType(dtype)),
        )
        const step = parts.kernels.lookup_gradient?.(siteOf(node, sizes))
        if (step === undefined) throw new Error('there is a compiler where these tests run')
        return step(given, { device: parts.device, random, over: undefined, derived: () => never() })
      }
      try {
        expect(blockOf(run(true)).sparse).toBeUndefined()
        const held = run(false)
        const marks = blockOf(held).sparse?.written.marks.octets(rows) ?? []
        const ids = new Set(requestOf(1, false).inputs.get('ids')?.data)
        ids.delete(padding)
        expect([...marks].flatMap((mark, row) => (mark === 0 ? [] : [row]))).toEqual(
          [...ids].sort((a, b) => a - b),
        )
        addressOf(held)
        expect(blockOf(held).sparse).toBeUndefined()
      } finally {
        parts.dispose()
      }
    })
  })
})
