/** Weights that no step changes: the device has them once, in the order that products read fastest, and gives them back as they were. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadForeign } from '../../src/backends/foreign/foreign.ts'
import { addressOf } from '../../src/backends/foreign/held.ts'
import { NativeMemory } from '../../src/backends/foreign/memory.ts'
import { createRunner } from '../../src/backends/index.ts'
import { NativeDevice } from '../../src/backends/native/device.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Runner } from '../../src/run/runner.ts'
import { describeProvider } from '../run/backends.ts'
import { data, graphOf, requestOf, weightsOf } from './linear-weights.ts'

const sizes = { rows: 40, units: 200, out: 128 }
const { rows, units, out } = sizes

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
        const graph = graphOf(sizes)
        const stored = weightsOf(sizes)
        const request = requestOf(sizes, stored)
        const first = runner.run(graph, request).get('y')
        const { bytes } = runner.memory()
        expect(bytes).toBeGreaterThanOrEqual(4 * (out * units + out))
        expect(bytes).toBeLessThan(1.2 * 4 * (out * units + out))
        expect(runner.run(graph, request).get('y')).toEqual(first)
        expect(runner.memory().bytes).toBe(bytes)
        expect(stored.W.read()).toEqual(data(out * units, 1))
        expect(runner.memory().bytes).toBe(bytes)
        expect(runner.run(graph, request).get('y')).toEqual(first)
      }))

    it('are in a file when copies are given up, because the host has none', () =>
      withRunner((runner) => {
        const stored = weightsOf(sizes)
        const request = requestOf(sizes, stored)
        const first = runner.run(graphOf(sizes), request).get('y')
        const { bytes } = runner.memory()
        for (let again = 0; again < 2; again++) {
          runner.dropCopies?.(['W', 'b'])
          runner.dropCopies?.(['W', 'b'])
          expect(runner.memory().bytes).toBe(0)
          expect(stored.W.read()).toEqual(data(out * units, 1))
          expect(runner.memory().bytes).toBe(0)
          expect(runner.run(graphOf(sizes), request).get('y')).toEqual(first)
          expect(runner.memory().bytes).toBe(bytes)
        }
      }))

    it.each(['int8', 'bf16'] as const)(
      'stand there in %s alone when those in float32 are given up',
      (precision) =>
        withRunner((runner) => {
          const stored = weightsOf(sizes)
          const request = requestOf(sizes, stored)
          const low = graphOf(sizes, undefined, precision)
          const first = runner.run(low, request).get('y')
          const { bytes } = runner.memory()
          runner.run(graphOf(sizes), request)
          runner.dropCopies?.(['W', 'b'])
          expect(runner.memory().bytes).toBeLessThan(bytes)
          expect(runner.run(low, request).get('y')).toEqual(first)
          // the latest activations in bf16 besides
          expect(runner.memory().bytes).toBeLessThan(bytes + 4 * rows * units)
          expect(stored.W.read()).toEqual(data(out * units, 1))
        }),
    )

    it('can be read as they are written after they were packed', () =>
      withRunner((runner) => {
        const request = requestOf(sizes, weightsOf(sizes))
        runner.run(graphOf(sizes), request)
        const both = graphOf(sizes, (builder, weight) => [
          'row',
          builder.add('pick', [weight], { axis: 'row', index: 5 }),
        ])
        expect(runner.run(both, request).get('row')?.data).toEqual(
          data(out * units, 1).slice(5 * units, 6 * units),
        )
      }))

    it.each([
      ['int8', 1],
      ['bf16', 2],
    ] as const)('stand there in %s alone, and come back as they were', async (precision, each) => {
      const stored = weightsOf(sizes)
      await withRunner((runner) => {
        const graph = graphOf(sizes, undefined, precision)
        const request = requestOf(sizes, stored)
        const first = runner.run(graph, request).get('y')
        const { bytes } = runner.memory()
        // with what the library fills up, and the latest activations
        expect(bytes).toBeLessThan((each + 1.5) * out * units)
        expect(stored.W.read()).toEqual(data(out * units, 1))
        expect(runner.memory().bytes).toBe(bytes)
        // in float32 besides
        runner.run(graphOf(sizes), request)
        expect(runner.run(graph, request).get('y')).toEqual(first)
      })
      expect(stored.W.data).toEqual(data(out * units, 1))
    })

    it('are read where they lie, where they lie as they are', () =>
      withRunner((runner) => {
        const stored = weightsOf(sizes)
        runner.run(graphOf(sizes), requestOf(sizes, stored))
        expect(stored.b.read()).toEqual(data(out, 2))
        expect(stored.b.read().buffer).toBe(stored.b.read().buffer)
        expect(stored.b.read().buffer.byteLength).toBeGreaterThan(4 * out)
        // packed: a copy
        expect(stored.W.read().buffer.byteLength).toBe(4 * out * units)
        const kept = stored.b.data
        expect(kept.buffer.byteLength).toBe(4 * out)
        expect(kept).toEqual(data(out, 2))
      }))

    it('stay in memory where there is no room for a file', async () => {
      const { TMPDIR } = process.env
      process.env.TMPDIR = join(tmpdir(), 'no', 'such', 'folder')
      try {
        await withRunner((runner) => {
          const stored = weightsOf(sizes)
          runner.run(graphOf(sizes, undefined, 'int8'), requestOf(sizes, stored))
          expect(runner.memory().bytes).toBeGreaterThan(4 * out * units)
          expect(stored.W.read()).toEqual(data(out * units, 1))
          runner.run(graphOf(sizes), requestOf(sizes, stored))
          runner.dropCopies?.(['W', 'b'])
          expect(runner.memory().bytes).toBe(4 * (out * units + out))
          expect(stored.W.read()).toEqual(data(out * units, 1))
        })
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = TMPDIR
      }
    })

    it('follow a change on the host', () =>
      withRunner((runner) => {
        const graph = graphOf(sizes)
        const stored = weightsOf(sizes)
        const request = requestOf(sizes, stored)
        const before = runner.run(graph, request).get('y')?.data ?? []
        stored.W.edit((values) => values.fill(0))
        const after = runner.run(graph, request).get('y')?.data ?? []
        expect([...after]).not.toEqual([...before])
        expect([...after.slice(0, out)]).toEqual([...data(out, 2)])
      }))

    it('stay plain where the graph has a gradient of them, which has to be packed anew after each step', () =>
      withRunner((runner) => {
        const graph = graphOf(sizes, (builder, weight) => [
          gradientName('W'),
          builder.add('square', [weight]),
        ])
        runner.run(graph, requestOf(sizes, weightsOf(sizes)))
        expect(runner.memory().bytes).toBe(4 * (out * units + out))
      }))

    it('are given to the host when the runner ends', async () => {
      const stored = weightsOf(sizes)
      await withRunner((runner) => {
        runner.run(graphOf(sizes), requestOf(sizes, stored))
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
    // who reads has a copy, and needs no more
    expect(device.memory().bytes).toBe(4000)
    expect(addressOf(held)).toBeGreaterThan(0)
    expect(restored).toBe(2)
    expect(device.memory().bytes).toBe(8000)
    expect(device.read(held)).toEqual(values)
    expect(restored).toBe(2)
    device.shed(held, () => {})
    device.release(held)
    device.release(copy)
    expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
  })

  it('is the latest that was written, wherever it was before', async () => {
    const device = new NativeDevice(new NativeMemory(await loadForeign()))
    const held = device.upload(data(1000, 4), [1000], 'float32', true)
    const write = (seed: number): void => {
      device.release(device.compute([held], [1000], 'float32', (_, to) => to.set(data(1000, seed)), held))
      device.rewritten(held)
    }
    for (const aside of [device.shelve.bind(device), device.setAside.bind(device)]) {
      aside(held)
      expect(device.memory().bytes).toBe(0)
      write(5)
      expect(device.read(held)).toEqual(data(1000, 5))
      aside(held)
      expect(device.memory().bytes).toBe(0)
      expect(device.read(held)).toEqual(data(1000, 5))
      write(6)
      aside(held)
      expect(device.read(held)).toEqual(data(1000, 6))
    }
    device.release(held)
    device.dispose()
  })
})
