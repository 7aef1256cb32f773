/** Weights and moments in memory that vectors work on directly: the same numbers as through blocks of the host, and room that is used again. */
import { expect, it } from 'vitest'
import { hostUpdates } from '../../src/backends/wasm/host-update.ts'
import { UpdateMemory } from '../../src/backends/wasm/update-memory.ts'
import type { AdaptiveRule } from '../../src/run/update-rule.ts'
import { data } from './linear-weights.ts'

const rule: AdaptiveRule = {
  kind: 'adaptive',
  betas: [0.9, 0.999],
  size: 1e-2,
  root: 1.1,
  epsilon: 1e-8,
  decay: 1e-4,
  scale: 1,
  coupled: 0,
}

it.each([1, 3, 16, 4096, 9001])('an update of %i numbers is to the bit that of arrays', (n) => {
  const group = new UpdateMemory().allocate(n)
  const arrays = [data(n, 1), new Float32Array(n), new Float32Array(n)] as const
  group.weight.set(arrays[0])
  for (const moment of group.moments) moment.fill(0)
  for (let step = 0; step < 3; step++) {
    const gradient = data(n, 10 + step)
    group.update(rule, gradient, 0.5)
    hostUpdates()?.update(arrays[0], gradient, arrays[1], arrays[2], rule, 0.5)
  }
  expect([group.weight, ...group.moments]).toEqual([...arrays])
  expect(arrays[0]).not.toEqual(data(n, 1))
})

it.each([0, 1, 3, 4096, 9001])('squares of %i numbers are summed in float64', (n) => {
  const x = data(n, 4)
  const expected = x.reduce((sum, value) => sum + value * value, 0)
  expect(hostUpdates()?.squares(x)).toBeCloseTo(expected, 9)
})

it('room that is given back is used again', () => {
  const memory = new UpdateMemory()
  const [kept, freed] = [memory.allocate(1000), memory.allocate(1000)]
  memory.free(freed)
  const again = memory.allocate(1000)
  expect(again.weight.buffer).toBe(kept.weight.buffer)
  expect(again.weight.byteOffset).toBe(freed.weight.byteOffset)
  memory.free(kept)
  memory.free(again)
  // a memory without groups is given up
  expect(memory.allocate(1000).weight.buffer).not.toBe(kept.weight.buffer)
})

it('a weight larger than a memory has one of its own', () => {
  const memory = new UpdateMemory()
  const group = memory.allocate(8e6)
  group.moments[1].fill(1)
  group.update({ ...rule, decay: 0 }, new Float32Array(8e6), 1)
  expect(group.moments[1].at(-1)).toBeCloseTo(0.999, 6)
  expect(() => memory.allocate(2 ** 29)).toThrow('larger than can be trained here')
})
