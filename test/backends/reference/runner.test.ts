/** The reference evaluator behind the Runner interface: dtypes to and from the host, inspection, and what it refuses. */
import { describe, expect, test } from 'vitest'
import { createReferenceRunner } from '../../../src/backends/reference/runner.ts'
import { Builder } from '../../../src/graph/build.ts'
import { GraphError } from '../../../src/graph/graph.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import type { HostTensor, RunRequest, StoredParameter } from '../../../src/run/runner.ts'
import { type } from '../../ops/typed.ts'

const builder = new Builder(ops)
const ids = builder.input('ids', type('i32[B, L]'))
const live = builder.input('live', type('bool[B, L]'))
const table = builder.parameter('table', type('f32[row 4, column 2]'))
const states = builder.add('lookup', [ids, table], { padding: null })
const scale = builder.add('vector', [], { axis: 'unit', values: [1, 10] })
const scaled = builder.add('multiply', [states, scale])
const graph = builder.finish(
  'embed',
  new Map([
    ['states', builder.add('select', [live, scaled, builder.constant(0.1)])],
    ['dead', builder.add('not', [live])],
    ['next', builder.add('add', [ids, builder.add('cast', [builder.constant(1)], { dtype: 'i32' })])],
    ['table', table],
  ]),
)

const parameter: StoredParameter = {
  shape: [4, 2],
  data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  version: 1,
}
const inputs = new Map<string, HostTensor>([
  ['ids', { dtype: 'i32', shape: [1, 3], data: Int32Array.of(3, 0, 2) }],
  ['live', { dtype: 'bool', shape: [1, 3], data: Uint8Array.of(1, 1, 0) }],
])
const request: RunRequest = {
  sizes: { B: 1, L: 3 },
  inputs,
  parameter: () => parameter,
  random: { seed: 0, stage: 'test', step: 0 },
}
const runner = createReferenceRunner(ops)

describe('the reference runner', () => {
  test('gives float64, int32 and bytes', () => {
    const outputs = runner.run(graph, request)
    expect([...outputs.keys()]).toEqual(['states', 'dead', 'next', 'table'])
    expect(outputs.get('states')).toEqual({
      dtype: 'f32',
      shape: [1, 3, 2],
      data: Float64Array.of(6, 70, 0, 10, 0.1, 0.1),
    })
    expect(outputs.get('dead')).toEqual({ dtype: 'bool', shape: [1, 3], data: Uint8Array.of(0, 0, 1) })
    expect(outputs.get('next')).toEqual({ dtype: 'i32', shape: [1, 3], data: Int32Array.of(4, 1, 3) })
  })

  test('gives copies: writing to an output changes nothing', () => {
    runner.run(graph, request).get('table')?.data.fill(9)
    expect(parameter.data[0]).toBe(0)
    expect(runner.run(graph, request).get('states')?.data[0]).toBe(6)
  })

  test('shows every node in order, until told to stop', () => {
    const seen: string[] = []
    runner.inspect(graph, request, (node) => {
      seen.push(node.op)
      return node.op !== 'lookup'
    })
    expect(seen).toEqual(graph.nodes.slice(0, seen.length).map((node) => node.op))
    expect(seen.at(-1)).toBe('lookup')
    const values: number[] = []
    runner.inspect(graph, request, (node, { data }) => {
      if (node.op === 'multiply') values.push(...data)
      return true
    })
    expect(values).toEqual([6, 70, 0, 10, 4, 50])
  })

  test('holds nothing', () => {
    expect(runner.memory()).toEqual({ tensors: 0, bytes: 0 })
    runner.dispose()
  })

  test.each([
    ['a missing input', { ...request, inputs: new Map() }, 'reference: no input ids'],
    [
      'another shape',
      { ...request, sizes: { B: 3, L: 1 } },
      'reference: ids is i32[B, L], but was given [1, 3]',
    ],
    [
      'too few elements',
      { ...request, parameter: () => ({ ...parameter, data: new Float32Array(7) }) },
      'reference: table is',
    ],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => runner.run(graph, wrong)).toThrow(GraphError)
    expect(() => runner.run(graph, wrong)).toThrow(message)
  })
})
