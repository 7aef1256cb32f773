/** Updates on a device against their formula in float64, and what the device may forget and what not. */
import { afterAll, describe, expect, it } from 'vitest'
import { compiledKernels } from '../../src/backends/compiled/index.ts'
import { arrayUpdates } from '../../src/backends/native/array-updates.ts'
import { openNative } from '../../src/backends/native/native.ts'
import { wasmDevice } from '../../src/backends/tfjs/load.ts'
import { type WasmTables, wasmTables } from '../../src/backends/wasm/table.ts'
import type { OptimizerSettings } from '../../src/check/program.ts'
import type { Device, Held } from '../../src/run/device.ts'
import { DeviceUpdater, type UpdateKernels } from '../../src/run/device-updater.ts'
import { ParameterCache } from '../../src/run/parameters.ts'
import { Resident } from '../../src/run/resident.ts'
import type { RunRequest } from '../../src/run/runner.ts'
import { applyPlainly } from '../../src/train/optimizers/apply-rule.ts'
import { optimizers } from '../../src/train/optimizers/index.ts'
import { updateKinds as kinds, updateSettings as settings } from './update-settings.ts'

const parts = await wasmDevice()
const { device } = parts
const updates = updatesOf(wasmTables(parts))
const native = await openNative(2)
const compiled = await compiledKernels(native.foreign, native.memory)

/** Devices with kernels for updates. */
const subjects: readonly (readonly [name: string, device: Device, updates: UpdateKernels])[] = [
  ['wasm', device, updates],
  ['native', native.device, compiledUpdates()],
  ['native without a compiler', native.device, arrayUpdates(native.device)],
]
afterAll(() => native.dispose())

function compiledUpdates(): UpdateKernels {
  if (compiled.updates === undefined) throw new Error(compiled.reason)
  return compiled.updates
}

function updatesOf({ updates: found }: WasmTables) {
  if (found === undefined) throw new Error('this engine has no vectors')
  return found
}

/** Numbers of all sizes that gradients have, zeros among them, drawn from a counter. */
function drawn(n: number, salt: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => {
    const turn = Math.imul(i + salt, 0x9e3779b1) >>> 0
    return turn % 7 === 0 ? 0 : (turn / 2 ** 32 - 0.5) * 10 ** -(turn % 9)
  })
}

const uploadTo = (device: Device) => (data: Float32Array) => device.upload(data, [data.length], 'float32')
const readFrom = (device: Device) => (held: Held) => Float32Array.from(device.read(held))
const [upload, read] = [uploadTo(device), readFrom(device)]

describe('several parameters in one call', () => {
  const sizes = [1, 48, 16384, 3, 33001, 16385, 128]
  const { device } = native
  const held = (salt: number) => sizes.map((n) => uploadTo(device)(drawn(n, salt)))
  const values = (list: readonly Held[]) => list.map(readFrom(device))
  const releaseAll = (lists: readonly (readonly Held[])[]): void => {
    for (const list of lists) for (const one of list) device.release(one)
  }

  it('have the sums of squares that each has by itself', () => {
    const { squares, squaresOfAll } = compiledUpdates()
    const gradients = held(5)
    expect(squaresOfAll?.(gradients)).toEqual(gradients.map(squares))
    releaseAll([gradients])
  })

  it.each(kinds)('are updated by %s as each is by itself', (kind) => {
    const { update, updateAll } = compiledUpdates()
    const settingsOf = (i: number): OptimizerSettings => ({
      ...settings,
      weightDecay: i % 2 === 0 ? 0 : 0.01,
    })
    const after = [false, true].map((together) => {
      const optimizer = optimizers[kind]
      const [parameters, gradients] = [held(1), held(2)]
      const slots = optimizer.slots.map((_, place) => held(3 + place).map((one) => positive(device, one)))
      const all = parameters.map((parameter, i) => ({
        rule: optimizer.rule({ rate: 1e-2, update: 3, settings: settingsOf(i), scale: 0.5 }),
        parameter,
        gradient: gradients[i] ?? parameter,
        slots: slots.map((list) => list[i] ?? parameter),
        squares: 1,
      }))
      if (together) updateAll?.(all)
      else for (const one of all) update(one.rule, one.parameter, one.gradient, one.slots, one.squares)
      const result = [values(parameters), ...slots.map(values)]
      releaseAll([parameters, gradients, ...slots])
      return result
    })
    expect(after[1]).toEqual(after[0])
  })
})

/** Second moments are. */
function positive(device: Device, held: Held): Held {
  const made = device.compute([held], held.shape, 'float32', ([x], out) => out.set((x ?? []).map(Math.abs)))
  device.release(held)
  return made
}

// shorter than a vector, no multiple of one, and long
describe.each(
  subjects.flatMap(([name, ...subject]) => kinds.map((kind) => [kind, name, ...subject] as const)),
)('%s on %s', (kind, _name, device, updates) => {
  const [upload, read] = [uploadTo(device), readFrom(device)]
  it.each([1, 3, 4, 50, 4099])('follows its formula in float64 over twelve steps of %i numbers', (n) => {
    const optimizer = optimizers[kind]
    const expected = drawn(n, 1)
    const slots = optimizer.slots.map(() => new Float32Array(n))
    const [parameter, ...moments] = [expected, ...slots].map(upload)
    if (parameter === undefined) throw new Error('no parameter')
    // Neighbours in memory, which must stay as they are.
    const fence = drawn(16, 99)
    const fences = [0, 1, 2].map(() => upload(fence))
    for (let update = 1; update <= 12; update++) {
      const values = drawn(n, 17 * update)
      const gradient = upload(values)
      // BertAdam limits each gradient by its own norm: here now and then.
      const clip = 0.3
      const rule = optimizer.rule({ rate: 1e-3 * update, update, settings, scale: 0.4, clip })
      const squares = updates.squares(gradient)
      const exact = values.reduce((sum, x) => sum + x * x, 0)
      expect(Math.abs(squares - exact)).toBeLessThanOrEqual(1e-14 * exact)
      updates.update(rule, parameter, gradient, moments, squares)
      applyPlainly(rule, expected, values, slots)
      device.release(gradient)
    }
    // roundings to float32, 6e-8 each, of what was added up over the steps
    const weights = read(parameter)
    weights.forEach((x, i) => {
      expect(Math.abs(x - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(2e-6 * Math.abs(x) + 3e-8)
    })
    const largest = slots.map((slot) => slot.reduce((most, x) => Math.max(most, Math.abs(x)), 0))
    slots.forEach((slot, k) => {
      const own = read(moments[k] ?? parameter)
      own.forEach((x, i) => {
        const tolerance = 2e-6 * Math.abs(x) + 1e-7 * (largest[k] ?? 0)
        expect(Math.abs(x - (slot[i] ?? Number.NaN))).toBeLessThanOrEqual(tolerance)
      })
    })
    for (const held of fences) expect(read(held)).toEqual(fence)
    for (const held of [parameter, ...moments, ...fences]) device.release(held)
  })

  // the second is work for several threads
  it.each([500, 70_001])('gives the same bits wherever a number stands, of %i', (n) => {
    // The norms of LAMB and BertAdam are of the whole parameter.
    if (kind === 'lamb' || kind === 'bert_adam') return
    const rule = optimizers[kind].rule({ rate: 1e-2, update: 1, settings, scale: 0.7 })
    const run = (from: number): Float32Array => {
      const gradient = upload(drawn(n, 3).slice(from))
      const parameter = upload(drawn(n, 4).slice(from))
      const slots = optimizers[kind].slots.map(() => upload(new Float32Array(n - from)))
      updates.update(rule, parameter, gradient, slots, 0)
      const weights = read(parameter)
      for (const held of [gradient, parameter, ...slots]) device.release(held)
      return weights
    }
    expect(run(77)).toEqual(run(0).slice(77))
  })
})

it.each(subjects.slice(0, 2))('%s refuses an epsilon below what float32 bears', (_name, _device, updates) => {
  const rule = (epsilon: number) =>
    optimizers.adamw.rule({ rate: 1, update: 1, settings: { ...settings, epsilon }, scale: 1 })
  expect(updates.supports(rule(1e-8))).toBe(true)
  expect(updates.supports(rule(0))).toBe(false)
})

it.each(subjects)('%s adds in place', (_name, device, updates) => {
  const [upload, read] = [uploadTo(device), readFrom(device)]
  const [a, b] = [upload(drawn(7, 1)), upload(drawn(7, 2))]
  updates.add(a, b)
  expect([...read(a)]).toEqual([...drawn(7, 1)].map((x, i) => Math.fround(x + (drawn(7, 2)[i] ?? 0))))
  for (const held of [a, b]) device.release(held)
})

it('no packed copy of weights outlives their update', () => {
  // XNNPACK packs the right operand of this product, and keeps that by id.
  const left = device.upload(drawn(4 * 8, 5), [1, 4, 8], 'float32')
  const weight = device.upload(drawn(8 * 6, 6), [1, 8, 6], 'float32')
  const gradient = device.upload(
    Float32Array.from({ length: 48 }, (_, i) => i - 20),
    [1, 8, 6],
    'float32',
  )
  const momentum = device.upload(new Float32Array(48), [1, 8, 6], 'float32')
  const times = (right: Held): Float32Array => {
    const result = device.kernel(
      'BatchMatMul',
      { a: left, b: right },
      { transposeA: false, transposeB: false },
    )
    const values = read(result)
    device.release(result)
    return values
  }
  const before = times(weight)
  const rule = optimizers.sgd.rule({ rate: 1, update: 1, settings, scale: 1 })
  updates.update(rule, weight, gradient, [momentum], 0)
  const after = times(weight)
  const fresh = device.upload(read(weight), [1, 8, 6], 'float32')
  expect(after).toEqual(times(fresh))
  expect(after).not.toEqual(before)
  for (const held of [left, weight, gradient, momentum, fresh]) device.release(held)
})

describe('the updater of a device', () => {
  const request: RunRequest = {
    sizes: { B: 1, L: 1 },
    inputs: new Map(),
    parameter: () => new Resident([3]),
    random: { seed: 0, stage: 's', step: 0 },
  }
  /** A program is the gradients that it gives. */
  function opened() {
    const cache = new ParameterCache(device)
    const updater = new DeviceUpdater<Record<string, number[]>>(
      device,
      updates,
      cache,
      (program, _, take) => {
        for (const [name, values] of Object.entries(program)) {
          const held = upload(Float32Array.from(values))
          expect(take(name, held)).toBe(true)
          device.release(held)
        }
        return new Map()
      },
    )
    const close = () => {
      updater.dispose()
      cache.dispose()
    }
    return { cache, updater, close }
  }
  const names = new Map([
    ['gradient a', 'a'],
    ['gradient b', 'b'],
  ])
  const plain = { ...settings, momentum: 0, weightDecay: 0 }
  const rule = optimizers.sgd.rule({ rate: 1, update: 1, settings: plain, scale: 1 })

  it('sums gradients of micro-batches, has their norm, and starts anew after an update', () => {
    const before = device.memory()
    const { updater, close } = opened()
    updater.accumulate({ 'gradient a': [1, 2, 0], 'gradient b': [0, 4, 0] }, request, names)
    updater.accumulate({ 'gradient a': [1, 0, 0], 'gradient b': [1, 0, 0] }, request, names)
    expect(updater.squares()).toEqual([4 + 4, 1 + 16])
    expect([...updater.gradient('b')]).toEqual([1, 4, 0])
    const [a, b] = [new Resident([3]), new Resident([3], Float32Array.of(1, 1, 1))]
    const slots = [new Resident([3]), new Resident([3])]
    updater.update([
      { name: 'a', parameter: a, slots: slots.slice(0, 1), rule },
      { name: 'b', parameter: b, slots: slots.slice(1), rule },
    ])
    expect([...a.data]).toEqual([-2, -2, 0])
    expect([...b.data]).toEqual([0, -3, 1])
    expect([...(slots[1]?.data ?? [])]).toEqual([1, 4, 0])
    updater.accumulate({ 'gradient a': [5, 0, 0], 'gradient b': [0, 0, 0] }, request, names)
    expect(updater.squares()).toEqual([25, 0])
    updater.discard()
    expect(() => updater.squares()).toThrow('no gradient of a')
    close()
    expect(device.memory()).toEqual(before)
  })

  it('hands values over and back: whoever asks gets the newest, edits reach the device, nothing is lost', () => {
    const { cache, updater, close } = opened()
    const step = (a: Resident, slot: Resident) => {
      updater.accumulate({ 'gradient a': [1, 1, 1] }, request, new Map([['gradient a', 'a']]))
      updater.update([{ name: 'a', parameter: a, slots: [slot], rule }])
    }
    const [a, slot] = [new Resident([3], Float32Array.of(10, 20, 30)), new Resident([3])]
    const early = a.data
    const version = a.version
    step(a, slot)
    expect(a.version).toBe(version + 1)
    expect([...early]).toEqual([10, 20, 30])
    expect([...a.data]).toEqual([9, 19, 29])
    expect(a.data).toBe(a.data)
    step(a, slot)
    a.edit((data) => {
      expect([...data]).toEqual([8, 18, 28])
      data[0] = 100
    })
    step(a, slot)
    expect([...a.data]).toEqual([99, 17, 27])
    a.assign(Float32Array.of(1, 2, 3))
    step(a, slot)
    step(a, slot)
    // Another model's parameter of the same name takes the place on the device.
    cache.current('a', new Resident([3]))
    expect([...a.data]).toEqual([-1, 0, 1])
    step(a, slot)
    close()
    expect([...a.data]).toEqual([-2, -1, 0])
    expect([...slot.data]).toEqual([1, 1, 1])
  })

  it('forgets moments that are released', () => {
    const { updater, close } = opened()
    const [a, slot] = [new Resident([3]), new Resident([3])]
    updater.accumulate({ 'gradient a': [1, 1, 1] }, request, new Map([['gradient a', 'a']]))
    updater.update([{ name: 'a', parameter: a, slots: [slot], rule }])
    const { tensors } = device.memory()
    // Even where the host has newer values.
    slot.edit((data) => data.fill(7))
    slot.release()
    expect(device.memory().tensors).toBe(tensors - 1)
    close()
  })

  it('keeps a gradient that others read apart from its sum', () => {
    const { updater, close } = opened()
    const shared = upload(Float32Array.of(1, 2, 3))
    const apart = new DeviceUpdater<null>(
      device,
      updates,
      new ParameterCache(device),
      (_program, _, take) => {
        const again = device.alias(shared, shared.shape)
        for (const name of names.keys()) take(name, again)
        device.release(again)
        return new Map()
      },
    )
    apart.accumulate(null, request, names)
    apart.accumulate(null, request, names)
    expect([...apart.gradient('a')]).toEqual([2, 4, 6])
    expect([...apart.gradient('b')]).toEqual([2, 4, 6])
    expect([...read(shared)]).toEqual([1, 2, 3])
    apart.dispose()
    device.release(shared)
    updater.dispose()
    close()
  })
})
