/** Kernels in C as operators of ONNX Runtime: on one thread and on several, at all edges of their tiles, and what is said where there is no compiler. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { thisToolchain } from '../../src/backends/compiled/compiler.ts'
import type { FunctionName } from '../../src/backends/compiled/source/index.ts'
import { productEnds } from '../../src/backends/compiled/source/products.ts'
import type { Block } from '../../src/backends/foreign/memory.ts'
import { createRunner } from '../../src/backends/index.ts'
import { KernelCaller } from '../../src/backends/onnxruntime/compiled/caller.ts'
import { CompiledOperators } from '../../src/backends/onnxruntime/compiled/operators.ts'
import { CompiledUpdates } from '../../src/backends/onnxruntime/compiled/updates.ts'
import { RowSum } from '../../src/backends/onnxruntime/row-sum.ts'
import { onnxRunner } from '../../src/backends/onnxruntime/runner.ts'
import { Runtime } from '../../src/backends/onnxruntime/runtime.ts'
import { wasmUpdates } from '../../src/backends/onnxruntime/update-room.ts'
import { Builder } from '../../src/graph/build.ts'
import { ops } from '../../src/graph/ops/index.ts'
import type { AdaptiveRule } from '../../src/run/update-rule.ts'
import { type } from '../ops/typed.ts'
import { describeProvider } from '../run/backends.ts'
import { relativeNorm } from '../run/compare.ts'
import {
  classifierParameters,
  classifierRequest,
  classifierStep,
  smallClassifier,
} from '../run/encoder-step.ts'
import { data } from './linear-weights.ts'

const threads = 2
/** Enough for a second thread, whatever the kernel. */
const much = 1e6

describeProvider('onnxruntime', 'onnxruntime', () => {
  let runtime: Runtime
  let operators: CompiledOperators
  let caller: KernelCaller
  const rooms: Block[] = []

  beforeAll(async () => {
    runtime = await Runtime.open(threads)
    const opened = await CompiledOperators.open(runtime)
    if (!(opened instanceof CompiledOperators)) throw new Error(opened.reason)
    operators = opened
    caller = new KernelCaller(runtime, operators, threads)
  })
  afterAll(() => {
    caller.dispose()
    for (const room of rooms) room.free()
    operators.dispose()
    runtime.dispose()
  })

  function room(bytes: number): Block {
    const block = runtime.memory.allocate(bytes)
    rooms.push(block)
    return block
  }

  function floats(values: Float32Array): number {
    const block = room(values.byteLength)
    block.floats(values.length).set(values)
    return block.address
  }

  /** What a kernel writes to a result of so many numbers, on one thread and on two: the same. */
  function written(
    kernel: FunctionName,
    length: number,
    list: (out: number) => readonly number[],
  ): Float32Array {
    const [one, two] = [0, much].map((elements) => {
      const block = room(4 * length)
      block.floats(length).fill(Number.NaN)
      caller.call(kernel, list(block.address), elements)
      return block.floats(length).slice()
    })
    expect(two).toEqual(one)
    return one ?? new Float32Array(0)
  }

  describe('products', () => {
    const shapes = [
      [1, 1, 1],
      [13, 31, 3],
      [14, 32, 64],
      [15, 33, 65],
      [29, 100, 7],
      [113, 26, 40],
      [300, 2, 16],
      [3, 700, 20],
      [30, 64, 769],
      [17, 200, 1600],
    ] as const

    it.each(shapes)('%d rows, %d columns, %d products each, at any steps', (rows, columns, depth) => {
      const [a, b, bias] = [data(rows * depth, 1), data(depth * columns, 2), data(columns, 3)]
      const layouts = [
        { a: [depth, 1], b: [columns, 1] },
        { a: [depth, 1], b: [1, depth] },
        { a: [1, rows], b: [columns, 1] },
        { a: [1, rows], b: [1, depth] },
      ] as const
      for (const layout of layouts) {
        const got = written('product', rows * columns, (out) => [
          ...[floats(a), floats(b), floats(bias), 0, out, rows, columns, depth],
          ...[...layout.a, ...layout.b, columns, 0, 1, 1, 0, 0, 0],
        ])
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            let [sum, size] = [bias[j] ?? 0, 1]
            for (let k = 0; k < depth; k++) {
              const term =
                (a[i * layout.a[0] + k * layout.a[1]] ?? 0) * (b[k * layout.b[0] + j * layout.b[1]] ?? 0)
              sum += term
              size += Math.abs(term)
            }
            if (Math.abs((got[i * columns + j] ?? Number.NaN) - sum) > 3e-7 * size + 1e-6)
              expect(got[i * columns + j], `${JSON.stringify(layout)} at ${i}, ${j}`).toBe(sum)
          }
      }
    })

    it.each(Object.entries(productEnds))('that end with %s, of which others are made', (_, end = 0) => {
      const [rows, columns, depth] = [40, 75, 30]
      const [a, b] = [floats(data(rows * depth, 1)), floats(data(depth * columns, 2))]
      const [bias, beside] = [data(columns, 3), data(rows * columns, 4)]
      const slope = end >= 4
      const numbers = [depth, 1, columns, 1, columns, end, 1, 1, 0, 0, 0]
      const got = written('product', rows * columns, (out) => [
        ...[
          a,
          b,
          slope ? 0 : floats(bias),
          slope ? floats(beside) : 0,
          out,
          rows,
          columns,
          depth,
          ...numbers,
        ],
      ])
      const plain = written('product', rows * columns, (out) => [
        ...[a, b, slope ? 0 : floats(bias), 0, out, rows, columns, depth, ...numbers.with(5, 0)],
      ])
      const name = Object.keys(productEnds).find((key) => productEnds[key] === end) ?? ''
      const after = room(4 * rows * columns)
      const kernel = `each_${name}` as FunctionName
      const operands = slope ? [floats(beside), floats(plain)] : [floats(plain)]
      caller.call(kernel, [...operands, after.address, rows * columns], 0)
      const wanted = after.floats(rows * columns)
      for (const [i, value] of got.entries()) expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThan(1e-6)
    })

    it('of many matrices, each at its place', () => {
      const [places, rows, columns, depth] = [7, 5, 6, 4]
      const [a, b] = [data(places * rows * depth, 1), data(places * depth * columns, 2)]
      const got = written('product', places * rows * columns, (out) => [
        ...[floats(a), floats(b), 0, 0, out, rows, columns, depth, depth, 1, columns, 1, columns, 0],
        ...[1, places, rows * depth, depth * columns, rows * columns],
      ])
      for (let p = 0; p < places; p++)
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            let sum = 0
            for (let k = 0; k < depth; k++)
              sum += (a[(p * rows + i) * depth + k] ?? 0) * (b[(p * depth + k) * columns + j] ?? 0)
            expect(got[(p * rows + i) * columns + j]).toBeCloseTo(sum, 5)
          }
    })

    it.each([
      [1, 1, 4],
      [13, 31, 8],
      [15, 33, 768],
      [113, 100, 64],
      [300, 5, 3072],
    ])('of bytes: %d rows, %d columns, %d products each', (rows, columns, depth) => {
      if (!operators.hasInt8) return
      const x = Uint8Array.from(
        data(rows * depth, 1),
        (value) => 128 + Math.round(127 * Math.max(-1, Math.min(1, value))),
      )
      const y = Int8Array.from(data(columns * depth, 2), (value) =>
        Math.round(127 * Math.max(-1, Math.min(1, value))),
      )
      const [scales, others, bias] = [data(rows, 3), data(columns, 4), data(columns, 5)]
      const sums = Int32Array.from({ length: columns }, (_, j) =>
        y.subarray(j * depth, (j + 1) * depth).reduce((sum, value) => sum + value, 0),
      )
      const [bytes, weights, totals] = [room(x.length), room(y.length), room(4 * columns)]
      bytes.octets(x.length).set(x)
      weights.octets(y.length).set(new Uint8Array(y.buffer))
      totals.integers(columns).set(sums)
      const got = written('int8_product', rows * columns, (out) => [
        ...[
          bytes.address,
          floats(scales),
          weights.address,
          floats(others),
          totals.address,
          floats(bias),
          out,
        ],
        ...[rows, columns, depth, 0],
      ])
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = 0
          for (let k = 0; k < depth; k++) sum += ((x[i * depth + k] ?? 0) - 128) * (y[j * depth + k] ?? 0)
          const wanted = sum * (scales[i] ?? 0) * (others[j] ?? 0) + (bias[j] ?? 0)
          const off = Math.abs((got[i * columns + j] ?? Number.NaN) - wanted)
          if (!(off <= 1e-6 * (1 + Math.abs(wanted)))) expect(got[i * columns + j], `${i}, ${j}`).toBe(wanted)
        }
    })
  })

  it('an update on two threads is that of WebAssembly, once', () => {
    const [rows, width, length] = [900, 128, 70_000]
    const rule: AdaptiveRule = {
      ...{ kind: 'adaptive', betas: [0.9, 0.999], size: 1e-2, root: 1, epsilon: 1e-6, decay: 1e-3, scale: 1 },
      coupled: 0,
    }
    const both = [wasmUpdates(), new CompiledUpdates(runtime, operators, threads)]
    const groups = both.map((updates) => [rows * width, length].map((size) => updates.allocate(size)))
    for (const pair of groups)
      for (const [k, group] of pair.entries()) {
        group.weight.set(data(group.weight.length, k))
        for (const moment of group.moments) moment.fill(0)
      }
    for (let step = 0; step < 3; step++) {
      const ids = Int32Array.from({ length: 300 }, (_, i) => (i * 7919 * (step + 1)) % rows)
      const squares = both.map((updates, k) => {
        const sum = new RowSum({ rows, width, padding: 3 }, { ids, values: data(300 * width, step) })
        const gradient = data(length, 5 + step)
        updates.add(gradient, data(length, 9 + step))
        const norms = updates.squares([sum, gradient])
        groups[k]?.[0]?.updateRows(rule, sum, 0.5)
        groups[k]?.[1]?.update(rule, gradient, 0.7)
        updates.finish()
        return norms
      })
      for (const [i, value] of (squares[0] ?? []).entries())
        expect((squares[1]?.[i] ?? 0) / value).toBeCloseTo(1, 12)
      for (const k of [0, 1]) {
        const [wanted, got] = groups.map((pair) => pair[k])
        for (const part of [0, 1, 2]) {
          const [a, b] = [wanted, got].map((group) => (part === 0 ? group?.weight : group?.moments[part - 1]))
          const off = Array.from(a ?? []).reduce(
            (most, value, i) => Math.max(most, Math.abs(value - (b?.[i] ?? Number.NaN))),
            0,
          )
          expect(off, `step ${step}, group ${k}, part ${part}`).toBeLessThan(1e-6)
        }
      }
    }
    for (const pair of groups) for (const group of pair) group.free()
    for (const updates of both) updates.dispose()
  })

  it('leaves products to ONNX Runtime where the processor has not the vectors that they are for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'distill-test-'))
    const compiler = join(folder, 'cc')
    const lacks = process.arch === 'x64' ? ' -mno-avx512f' : ''
    writeFileSync(compiler, `#!/bin/sh\nexec ${thisToolchain().compiler} "$@"${lacks}\n`, { mode: 0o755 })
    const toolchain = { ...thisToolchain(), compiler, cache: folder }
    const opened = await CompiledOperators.open(runtime, toolchain)
    expect(opened instanceof CompiledOperators && opened.hasInt8).toBe(false)
    if (opened instanceof CompiledOperators) opened.dispose()
    const [runner, reference] = [await onnxRunner({ toolchain }), await createRunner('reference')]
    const sizes = smallClassifier
    const step = classifierStep(sizes)
    const request = classifierRequest(sizes, classifierParameters(step), { B: 5, L: 7 })
    const got = runner.run(step.graph, request)
    for (const [output, value] of reference.run(step.graph, request)) {
      // a shift of all scores changes nothing: what is left there are rounding errors
      if (output.endsWith('key.bias')) continue
      expect(relativeNorm(got.get(output), value), output).toBeLessThan(1e-4)
    }
    for (const one of [runner, reference]) one.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  it('leaves a node to ONNX Runtime from sizes on that its kernel does not have', async () => {
    const b = new Builder(ops)
    const [s, target] = [b.input('s', type('f32[B, L]')), b.input('t', type('f32[B, L]'))]
    const loss = b.add('scaled_kl', [s, target], { axis: 'token', divisor: 2 })
    const graph = b.finish('divergence', new Map([['loss', loss]]))
    const [runner, reference] = [await onnxRunner(), await createRunner('reference')]
    for (const [B, L] of [
      [2, 5],
      [3, 1],
      [2, 4],
    ] as const) {
      const value = (seed: number) => ({ dtype: 'f32', shape: [B, L], data: data(B * L, seed) }) as const
      const request = {
        sizes: { B, L },
        inputs: new Map([
          ['s', value(1)],
          ['t', value(2)],
        ]),
        parameter: () => {
          throw new Error('no parameters')
        },
        random: { seed: 1, stage: 's', step: 0 },
      }
      const [got, wanted] = [runner, reference].map((one) => one.run(graph, request).get('loss')?.data ?? [])
      expect(got).toHaveLength(B)
      for (const [i, one] of Array.from(wanted ?? []).entries()) expect(got?.[i]).toBeCloseTo(one, 6)
    }
    for (const one of [runner, reference]) one.dispose()
  })

  it('says that they are compiled, or why not and what would help', async () => {
    const [own, without] = await Promise.all([
      onnxRunner(),
      onnxRunner({ toolchain: { ...thisToolchain(), compiler: 'none' } }),
    ])
    expect(own.detail).toMatch(/^ONNX Runtime [\d.]+, \d+ threads?, compiled operators$/)
    expect(own.remedy).toBeUndefined()
    expect(without.detail).toMatch(/, without compiled operators: no C compiler \(none\)$/)
    expect(without.remedy).toMatch(/gcc|xcode-select/)
    for (const op of ['residual_layer_norm', 'kl_gradient']) {
      expect(own.capabilities?.has(op)).toBe(true)
      expect(without.capabilities?.has(op)).toBe(false)
    }
    own.dispose()
    without.dispose()
  })
})
