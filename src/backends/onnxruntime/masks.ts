/** Dropout masks for a runtime without counter-based random numbers: drawn by the wasm backend's vectors. */
import type { DType, RandomKey } from '../../graph/graph.ts'
import { toAxis } from '../../graph/type.ts'
import type { Kernel } from '../../run/device.ts'
import type { Operand, Site } from '../../run/site.ts'
import type { TfjsDevice } from '../tfjs/device.ts'
import { wasmDevice } from '../tfjs/load.ts'
import { wasmKernels } from '../wasm/table.ts'
import type { MaskRequest } from './protocol.ts'

export class MaskDrawer {
  private readonly device: TfjsDevice
  private readonly kernel: Kernel

  private constructor(device: TfjsDevice, kernel: Kernel) {
    this.device = device
    this.kernel = kernel
  }

  static async start(): Promise<MaskDrawer> {
    const parts = await wasmDevice()
    const kernel = wasmKernels(parts, { threads: false }).dropout_mask
    if (kernel === undefined) throw new Error('no kernel for dropout masks')
    return new MaskDrawer(parts.device, kernel)
  }

  draw({ site: name, rate, axes, shape, samples, positions }: MaskRequest, random: RandomKey): Float32Array {
    const ids = this.device.upload(samples, [samples.length], 'int32')
    const places =
      positions === undefined
        ? []
        : [this.device.upload(positions.places, [positions.places.length], 'int32')]
    const output = operand('f32', axes, shape)
    const site: Site = {
      op: 'dropout_mask',
      attributes: { site: name, rate },
      inputs: [
        operand('i32', ['example'], [samples.length]),
        ...(positions === undefined ? [] : [operand('i32', ['position'], [positions.places.length])]),
      ],
      output,
      sizes: { B: samples.length, L: positions?.L ?? 1 },
      fixed: [false, false],
    }
    const step = this.kernel(site)
    if (step === undefined) throw new Error(`no mask over ${axes.join(', ')}`)
    const mask = step([ids, ...places], {
      device: this.device,
      random,
      over: undefined,
      derived: () => {
        throw new Error('a mask has no parameters')
      },
    })
    const data = this.device.read(mask)
    for (const held of [ids, ...places, mask]) this.device.release(held)
    return data instanceof Float32Array ? data : Float32Array.from(data)
  }
}

function operand(dtype: DType, axes: readonly string[], shape: readonly number[]): Operand {
  return { dtype, axes: axes.map(toAxis), shape, size: shape.reduce((product, n) => product * n, 1) }
}
