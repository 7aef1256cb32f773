/** What cases of ops do not reach: sizes beyond one dimension of workgroups, ids without a row, losses that nearly vanish. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { webGpuRunner } from '../../src/backends/webgpu/index.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import type { HostTensor, Runner } from '../../src/run/runner.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'

describeStanding('webgpu', await standingOf('webgpu'), () => {
  let runner: Awaited<ReturnType<typeof webGpuRunner>>
  let reference: Runner
  beforeAll(async () => {
    runner = await webGpuRunner()
    reference = await createRunner('reference')
  })
  afterAll(() => runner.dispose())

  const sizes = { B: 1, L: 1 }
  const key = { seed: 0, stage: 's', step: 0 }

  /** A graph of one output over inputs [row, unit] by name. */
  function graphOf(
    inputs: { readonly [name: string]: readonly [row: number, unit: number] },
    make: (builder: Builder, nodes: { readonly [name: string]: Node }) => Node,
  ): Graph {
    const builder = new Builder(ops)
    const nodes = Object.fromEntries(
      Object.entries(inputs).map(([name, [row, unit]]) => [
        name,
        builder.input(
          name,
          tensorType('f32', [
            { axis: 'example', size: row },
            { axis: 'class', size: unit },
          ]),
        ),
      ]),
    )
    return builder.finish('case', new Map([['result', make(builder, nodes)]]))
  }

  function f32(shape: readonly number[], at: (i: number) => number): HostTensor {
    const size = shape.reduce((product, n) => product * n, 1)
    return { dtype: 'f32', shape, data: Float32Array.from({ length: size }, (_, i) => at(i)) }
  }

  it('works on more elements, and more lines, than one dimension of workgroups has', () => {
    // 65,535 workgroups of 64 are 4,194,240 elements.
    const [rows, columns] = [70_000, 64]
    const graph = graphOf({ x: [rows, columns] }, (builder, { x }) => {
      if (x === undefined) throw new Error('no input')
      const doubled = builder.add('multiply', [x, builder.constant(2)])
      return builder.add('max', [builder.add('softmax', [doubled], { axis: 'class' })], { axis: 'class' })
    })
    const x = f32([rows, columns], (i) => (((i % 64) + Math.floor(i / 64)) % 64 === 5 ? 10 : 0))
    const request = {
      sizes,
      inputs: new Map([['x', x]]),
      parameter: () => ({ shape: [], data: new Float32Array(1), version: 0 }),
      random: key,
    }
    const { data = [] } = runner.run(graph, request).get('result') ?? {}
    const wanted = 1 / (1 + 63 * Math.exp(-20))
    expect(data.length).toBe(rows)
    expect(data.every((value) => Math.abs(value - wanted) < 1e-6)).toBe(true)
  })

  it('says which id has no row, where the host gave the ids; else the row is not a number', () => {
    const builder = new Builder(ops)
    const ids = builder.input('ids', tensorType('i32', [{ axis: 'example', size: 3 }]))
    const table = builder.parameter(
      'table',
      tensorType('f32', [
        { axis: 'row', size: 2 },
        { axis: 'column', size: 2 },
      ]),
    )
    const graph = builder.finish('lookup', new Map([['result', builder.add('lookup', [ids, table])]]))
    const data = Float32Array.of(1, 2, 3, 4)
    const request = {
      sizes,
      inputs: new Map<string, HostTensor>([
        ['ids', { dtype: 'i32', shape: [3], data: Int32Array.of(1, 5, 0) }],
      ]),
      parameter: () => ({ shape: [2, 2], data, version: 0 }),
      random: key,
    }
    expect(() => runner.run(graph, request)).toThrow('lookup: no row 5 in a table of 2')
    const other = new Builder(ops)
    const floats = other.input('ids', tensorType('f32', [{ axis: 'example', size: 3 }]))
    const computed = other.add('cast', [floats], { dtype: 'i32' })
    const rows = other.add('lookup', [computed, other.parameter('table', table.type)])
    const second = other.finish('lookup', new Map([['result', rows]]))
    const given = new Map<string, HostTensor>([['ids', f32([3], (i) => [1, 5, 0][i] ?? 0)]])
    const result = runner.run(second, { ...request, inputs: given }).get('result')
    expect([...(result?.data ?? [])]).toEqual([3, 4, Number.NaN, Number.NaN, 1, 2])
  })

  it('has all digits of the divergence of two distributions that are nearly the same', () => {
    const graph = graphOf({ s: [4, 50], t: [4, 50] }, (builder, { s, t }) => {
      if (s === undefined || t === undefined) throw new Error('no input')
      return builder.add('kl', [s, t], { axis: 'class' })
    })
    const at = (i: number): number => Math.fround(3 * Math.sin(i))
    const inputs = new Map([
      ['s', f32([4, 50], (i) => at(i) + 1e-3 * Math.cos(7 * i))],
      ['t', f32([4, 50], at)],
    ])
    const request = {
      sizes,
      inputs,
      parameter: () => ({ shape: [], data: new Float32Array(1), version: 0 }),
      random: key,
    }
    const own = [...(runner.run(graph, request).get('result')?.data ?? [])]
    const exact = [...(reference.run(graph, request).get('result')?.data ?? [])]
    expect(exact.every((value) => value > 0 && value < 1e-6)).toBe(true)
    own.forEach((value, i) => {
      expect(Math.abs(value / (exact[i] ?? 0) - 1)).toBeLessThan(1e-4)
    })
  })
})
