/** The GPU as a device: what it holds, what it says of itself, and what it says when something fails. */
import { createRequire } from 'node:module'
import { webgpu_util } from '@tensorflow/tfjs-backend-webgpu'
import { afterEach, describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/backends/webgpu/buffer-pool.ts'
import { openGpu } from '../../src/backends/webgpu/dawn.ts'
import { WebGpuDevice } from '../../src/backends/webgpu/device.ts'
import { passedOn } from '../../src/backends/webgpu/driver-warnings.ts'
import { productProgram } from '../../src/backends/webgpu/product-program.ts'
import { webGpuRemedy } from '../../src/backends/webgpu/remedy.ts'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'

describeStanding('webgpu', await standingOf('webgpu'), () => {
  const opened: WebGpuDevice[] = []
  async function open(): Promise<WebGpuDevice> {
    const device = await WebGpuDevice.open()
    opened.push(device)
    return device
  }
  afterEach(() => {
    for (const device of opened.splice(0)) device.dispose()
  })

  describe('values', () => {
    it('come back as they were, in every element type', async () => {
      const device = await open()
      for (const [data, dtype] of [
        [Float32Array.of(1, -2.5, 3e38), 'float32'],
        [Int32Array.of(-7, 2 ** 31 - 1), 'int32'],
        [Uint8Array.of(1, 0, 1, 1, 0), 'bool'],
        [new Float32Array(0), 'float32'],
      ] as const) {
        const held = device.upload(data, [data.length], dtype)
        expect(device.read(held)).toEqual(data)
        device.release(held)
      }
      expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
    })

    it('that are wanted together are brought to the host at once, as they were when they were asked for', async () => {
      const device = await open()
      const held = [1, 2, 3].map((x) => device.upload(Float32Array.of(x), [1], 'float32'))
      const views = held.map((one) => device.readLater(one))
      for (const one of held) device.release(one)
      expect(views.map((view) => view()[0])).toEqual([1, 2, 3])
      expect(device.readBacks).toBe(1)
      expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
    })

    it('released twice are a mistake that is told', async () => {
      const device = await open()
      const held = device.upload(Float32Array.of(1), [1], 'float32')
      device.release(held)
      expect(() => device.release(held)).toThrow('released twice')
      expect(() => device.alias(held, [1])).toThrow('was released')
    })

    it('larger than one buffer may be are refused before anything is asked of the GPU', async () => {
      const device = await open()
      const shape = [device.adapter.largestValue / 4 + 1]
      expect(() => device.allocate(shape, 'float32')).toThrow(/E1010.*does not fit into one buffer/)
      expect(device.memory()).toEqual({ tensors: 0, bytes: 0 })
    })
  })

  it('uses buffers again for values of their size, and keeps no more of them than is worth it', () => {
    const made: { readonly size: number; readonly usage: number; destroy(): void }[] = []
    let destroyed = 0
    const pool = new BufferPool((size, usage) => {
      const destroy = (): void => {
        destroyed++
      }
      const buffer = { size, usage, destroy }
      made.push(buffer)
      return buffer
    })
    const take = (size: number) => pool.acquire(size, 1, false, true)
    const first = take(1000)
    pool.release(first, true)
    expect(take(1000)).toBe(first)
    expect(take(1004)).not.toBe(first)
    expect(pool.bytes).toEqual({ used: 2004, allocated: 2004 })
    // Values of ever new sizes, one at a time.
    for (let n = 0; n < 100; n++) pool.release(take(2 ** 22 + 4 * n), true)
    expect(pool.bytes.allocated).toBeLessThanOrEqual(2004 + 64 * 2 ** 20)
    expect(pool.bytes.used).toBe(2004)
    expect(destroyed).toBeGreaterThan(80)
    // What was used last is still there.
    const before = made.length
    take(2 ** 22 + 4 * 99)
    expect(made.length).toBe(before)
    expect(() => pool.release(made[2] ?? first, true)).toThrow('released twice')
    pool.dispose()
    expect(pool.bytes).toEqual({ used: 0, allocated: 0 })
    expect(destroyed).toBe(made.length)
  })

  it('says whether a processor imitates the GPU', async () => {
    const { description, hardware } = (await open()).adapter
    expect(description).not.toBe('')
    expect(hardware).toBe(!/llvmpipe|swiftshader|software/i.test(description))
  })

  it('tells what the driver refused when values are asked for, with the adapter', async () => {
    const device = await open()
    const broken = device.program('broken', () => ({
      operands: [],
      integers: [],
      floats: [],
      workgroup: 1,
      code: 'fn main(index : i32) { result[index] = no_such_thing; }',
    }))
    const held = device.dispatch(broken, [], { shape: [1], dtype: 'float32' }, 1, { integers: [] })
    expect(() => device.read(held)).toThrow(/E1011.*failed: .*no_such_thing/)
  })

  it('leaves no sum to workgroups that add to it in any order', () => {
    const [shares, small, tiles, any] = [1, 2, 3, -1]
    const of = (rows: number, depth: number, columns: number, transposed: boolean, batch = 1): number =>
      productProgram(
        {
          a: { id: 0, shape: transposed ? [batch, depth, rows] : [batch, rows, depth], dtype: 'float32' },
          b: {
            id: 1,
            shape: transposed ? [batch, columns, depth] : [batch, depth, columns],
            dtype: 'float32',
          },
        },
        { transposeA: transposed, transposeB: transposed },
      )
    for (const transposed of [false, true]) {
      expect(of(24, 4096, 24, transposed)).toBe(small)
      expect(of(3072, 4096, 768, transposed)).toBe(tiles)
      expect(of(4096, 768, 3072, transposed)).toBe(any)
      expect(of(24, 4096, 24, transposed, 2)).toBe(any)
    }
    expect(webgpu_util.MatMulProgramType.MatMulSplitKProgram).toBe(shares)
    expect(webgpu_util.MatMulProgramType.MatMulSmallOutputSizeProgram).toBe(small)
    expect(webgpu_util.MatMulProgramType.MatMulPackedProgram).toBe(tiles)
  })

  it('passes on what a driver says, but for its limits', () => {
    const about = (what: string) =>
      `Warning: maxDynamic${what}BuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.`
    expect(passedOn(`${about('Uniform')}\n${about('Storage')}\n`)).toBe('')
    expect(passedOn(`${about('Uniform')}\nWarning: the driver is old\n`)).toBe('Warning: the driver is old\n')
  })

  it('says which package is missing', async () => {
    await expect(openGpu(createRequire('/nowhere/at/all.js'))).rejects.toThrow(
      /^the package webgpu is not installed$/,
    )
  })

  it('has a remedy for what is missing', () => {
    for (const name of ['webgpu', '@tensorflow/tfjs-backend-webgpu'])
      expect(webGpuRemedy(`the package ${name} is not installed`, 'win32')).toMatch(
        /^npm install webgpu@\d+\.\d+\.\d+ @tensorflow\/tfjs-backend-webgpu@\d+\.\d+\.\d+$/,
      )
    const noDriver = 'no graphics driver for WebGPU (Vulkan, Metal or Direct3D 12) was found'
    expect(webGpuRemedy(noDriver, 'linux')).toBe('apt-get install mesa-vulkan-drivers')
    expect(webGpuRemedy(noDriver, 'darwin')).toBe(undefined)
  })
})
