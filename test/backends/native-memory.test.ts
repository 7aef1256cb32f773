import { describe, expect, it } from 'vitest'
import { readAddress, writeAddress } from '../../src/backends/foreign/addresses.ts'
import { loadForeign } from '../../src/backends/foreign/foreign.ts'
import { FreeList } from '../../src/backends/foreign/free-list.ts'
import { addressOf } from '../../src/backends/foreign/held.ts'
import { NativeMemory } from '../../src/backends/foreign/memory.ts'
import { NativeDevice } from '../../src/backends/native/device.ts'
import { random } from '../lower/spec-run.ts'

describe('FreeList', () => {
  it('gives no place twice, and is whole again when all is given back', () => {
    const size = 4096
    const free = new FreeList(size)
    const taken = new Map<number, number>()
    for (let i = 0; i < 3000; i++) {
      const bytes = 64 * (1 + Math.floor(random(i) * 8))
      if (random(i + 0.5) < 0.5) {
        const start = free.take(bytes)
        if (start === undefined) continue
        for (const [other, length] of taken)
          expect(start + bytes <= other || other + length <= start).toBe(true)
        expect(start + bytes).toBeLessThanOrEqual(size)
        taken.set(start, bytes)
      } else {
        const [first] = [...taken].slice(Math.floor(random(i + 0.25) * taken.size))
        if (first === undefined) continue
        free.give(...first)
        taken.delete(first[0])
      }
    }
    for (const [start, bytes] of taken) free.give(start, bytes)
    expect(free.take(size)).toBe(0)
  })
})

describe('native memory', () => {
  it('is the same to C and to host code', async () => {
    const foreign = await loadForeign()
    const memory = new NativeMemory(foreign)
    const block = memory.allocate(4 * 100)
    const copy = memory.allocate(4 * 100)
    block.floats(100).set(Float32Array.from({ length: 100 }, (_, i) => i))
    const memcpy = foreign.load(null).function('memcpy', 'address', ['address', 'address', 'int64'])
    expect(memcpy(copy.address, block.address, 400)).toBe(copy.address)
    expect(copy.floats(100)).toEqual(block.floats(100))
    expect(block.address % 64).toBe(0)
    memory.dispose()
  })

  it('gives the same places to the same requests, and nothing is held after all is released', async () => {
    const device = new NativeDevice(new NativeMemory(await loadForeign()))
    const places = (): number[] => {
      const held = [10, 1e6, 300, 2e6, 10].map((n) => device.allocate([n], 'float32'))
      const result = held.map(addressOf)
      for (const one of held) device.release(one)
      return result
    }
    expect(places()).toEqual(places())
    expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
    expect(device.peak()).toBe(4 * (10 + 1e6 + 300 + 2e6 + 10))
  })

  it('is zero again for who gets it after it was given back', async () => {
    const foreign = await loadForeign()
    const first = new NativeMemory(foreign)
    first.allocate(1e6).octets(1e6).fill(7)
    first.dispose()
    const second = new NativeMemory(foreign)
    expect(
      second
        .allocate(1e6)
        .octets(1e6)
        .every((x) => x === 0),
    ).toBe(true)
    second.dispose()
  })

  it('takes no room for zeros that are to last', async () => {
    const device = new NativeDevice(new NativeMemory(await loadForeign()))
    const [count, from] = [2 ** 21, 3]
    const ones = new Float32Array(count).fill(1)
    // The same place again, and what was there before.
    const first = device.upload(ones, [count], 'float32', true)
    const place = addressOf(first)
    device.release(first)
    const before = process.memoryUsage.rss()
    const zeros = device.upload(new Float32Array(count + from).subarray(from), [count], 'float32', true)
    expect(addressOf(zeros)).toBe(place)
    if (process.platform === 'linux') expect(process.memoryUsage.rss() - before).toBeLessThan(-(2 ** 22))
    expect(device.read(zeros).every((x) => x === 0)).toBe(true)
    // A single bit is not zero.
    const almost = new Float32Array(count)
    almost[count - 1] = -0
    const other = device.upload(almost, [count], 'float32', true)
    expect(Object.is(device.read(other)[count - 1], -0)).toBe(true)
    for (const held of [zeros, other]) device.release(held)
  })

  it('refuses what no view can show', async () => {
    const memory = new NativeMemory(await loadForeign())
    expect(() => memory.allocate(2 ** 33)).toThrowError(/larger than the native backend takes/)
  })
})

it('addresses are kept in two words', () => {
  const words = new Int32Array(4)
  for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 140552806858752, -1]) {
    writeAddress(words, 1, value)
    expect(readAddress(words, 1)).toBe(value)
  }
})
