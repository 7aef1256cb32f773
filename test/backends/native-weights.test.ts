/** Weights that no step changes: the device has them once, in the order that products read fastest, and gives them back as they were. */
import { describe, expect, it } from 'vitest'
import { createRunner } from '../../src/backends/index.ts'
import { NativeDevice } from '../../src/backends/native/device.ts'
import { loadForeign } from '../../src/backends/native/foreign.ts'
import { NativeMemory } from '../../src/backends/native/memory.ts'
import { gradientName } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'
import { Resident } from '../../src/run/resident.ts'
import type { Runner, RunRequest } from '../../src/run/runner.ts'
import { random } from '../lower/spec-run.ts'
import { describeProvider } from '../run/backends.ts'

const [rows, units, out] = [40, 200, 128]

function data(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => random(seed * 7919 + i) - 0.5)
}

/** y = x W^T + b, and `other` made of W as well. */
function graphOf(other?: (builder: Builder, weight: Node) => readonly [name: string, node: Node]): Graph {
  const builder = new Builder(ops)
  const x = builder.input(
    'x',
    tensorType('f32', [
      { axis: 'position', size: rows },
      { axis: 'unit', size: units },
    ]),
  )
  const weight = builder.parameter(
    'W',
    tensorType('f32', [
      { axis: 'row', size: out },
      { axis: 'column', size: units },
    ]),
  )
  const bias = builder.parameter('b', tensorType('f32', [{ axis: 'row', size: out }]))
  const outputs = new Map([['y', builder.add('linear', [x, weight, bias], { out: 'unit' })]])
  if (other !== undefined) outputs.set(...other(builder, weight))
  return builder.finish('weights', outputs)
}

interface Weights {
  readonly W: Resident
  readonly b: Resident
}

function weights(): Weights {
  return { W: new Resident([out, units], data(out * units, 1)), b: new Resident([out], data(out, 2)) }
}

function requestOf({ W, b }: Weights): RunRequest {
  return {
    sizes: { B: 1, L: 1 },
    inputs: new Map([['x', { dtype: 'f32', shape: [rows, units], data: data(rows * units, 3) }]]),
    parameter: (name) => (name === 'W' ? W : b),
    random: { seed: 0, stage: 'test', step: 0 },
  }
}

async function withRunner(use: (runner: Runner) => void): Promise<void> {
  const runner = await createRunner('native')
  try {
    use(runner)
  } finally {
    runner.dispose()
  }
}

describeProvider('native', 'native', () => {
  describe('weights', () => {
    it('stand there once where they are frozen, and come back as they were', () =>
      withRunner((runner) => {
        const graph = graphOf()
        const stored = weights()
        const request = requestOf(stored)
        const first = runner.run(graph, request).get('y')
        const { bytes } = runner.memory()
        expect(bytes).toBeGreaterThanOrEqual(4 * (out * units + out))
        expect(bytes).toBeLessThan(1.2 * 4 * (out * units + out))
        expect(runner.run(graph, request).get('y')).toEqual(first)
        expect(runner.memory().bytes).toBe(bytes)
        expect(stored.W.read()).toEqual(data(out * units, 1))
        expect(runner.run(graph, request).get('y')).toEqual(first)
      }))

    it('can be read as they are written after they were packed', () =>
      withRunner((runner) => {
        const request = requestOf(weights())
        runner.run(graphOf(), request)
        const both = graphOf((builder, weight) => [
          'row',
          builder.add('pick', [weight], { axis: 'row', index: 5 }),
        ])
        expect(runner.run(both, request).get('row')?.data).toEqual(
          data(out * units, 1).slice(5 * units, 6 * units),
        )
      }))

    it('follow a change on the host', () =>
      withRunner((runner) => {
        const graph = graphOf()
        const stored = weights()
        const request = requestOf(stored)
        const before = runner.run(graph, request).get('y')?.data ?? []
        stored.W.edit((values) => values.fill(0))
        const after = runner.run(graph, request).get('y')?.data ?? []
        expect([...after]).not.toEqual([...before])
        expect([...after.slice(0, out)]).toEqual([...data(out, 2)])
      }))

    it('stay plain where the graph has a gradient of them, which has to be packed anew after each step', () =>
      withRunner((runner) => {
        const graph = graphOf((builder, weight) => [gradientName('W'), builder.add('square', [weight])])
        runner.run(graph, requestOf(weights()))
        expect(runner.memory().bytes).toBe(4 * (out * units + out))
      }))

    it('are given to the host when the runner ends', async () => {
      const stored = weights()
      await withRunner((runner) => {
        runner.run(graphOf(), requestOf(stored))
      })
      expect(stored.W.data).toEqual(data(out * units, 1))
    })
  })
})

describe('a value that was shed', () => {
  it('takes no memory until it is asked for, and is there again then', async () => {
    const device = new NativeDevice(new NativeMemory(await loadForeign()))
    const values = data(1000, 4)
    const held = device.upload(values, [1000], 'float32', true)
    const copy = device.upload(values, [1000], 'float32', true)
    let restored = 0
    device.shed(held, () => {
      restored++
      device.release(device.compute([copy], [1000], 'float32', ([from], to) => to.set(from ?? to), held))
    })
    expect(device.memory()).toEqual({ tensors: 2, bytes: 4000 })
    expect(device.read(held)).toEqual(values)
    expect(restored).toBe(1)
    expect(device.memory().bytes).toBe(8000)
    device.shed(held, () => {})
    device.release(held)
    device.release(copy)
    expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
  })
})
