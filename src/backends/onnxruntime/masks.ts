/** Dropout masks for a runtime without counter-based random numbers: drawn by the wasm backend's vectors. */
import type { DType, RandomKey } from '../../graph/graph.ts'
import { toAxis } from '../../graph/type.ts'
import type { Held, Kernel } from '../../run/device.ts'
import type { Operand, Site } from '../../run/site.ts'
import { type WasmParts, wasmDevice } from '../tfjs/load.ts'
import { wasmKernels } from '../wasm/table.ts'
import type { MaskRequest } from './protocol.ts'

/** Bytes of masks that are left where they are drawn: that memory has 4 GiB at most. */
const most = 2 ** 30

export class MaskDrawer {
  private readonly parts: WasmParts
  private readonly kernel: Kernel
  private readonly drawn: Held[] = []

  private constructor(parts: WasmParts, kernel: Kernel) {
    this.parts = parts
    this.kernel = kernel
  }

  static async start(): Promise<MaskDrawer> {
    const parts = await wasmDevice()
    const kernel = wasmKernels(parts, { threads: false }).dropout_mask
    if (kernel === undefined) throw new Error('no kernel for dropout masks')
    return new MaskDrawer(parts, kernel)
  }

  /** The masks of a run, good until `release`: in the drawer's own memory unless they are very large. */
  draw(requests: readonly MaskRequest[], random: RandomKey): Float32Array[] {
    const { memory, address } = this.parts
    const sizes = requests.map(({ shape }) => shape.reduce((product, n) => product * n, 1))
    const bytes = sizes.reduce((sum, size) => sum + 4 * size, 0)
    if (memory === undefined || bytes > most) return requests.map((one) => this.copied(one, random))
    for (const request of requests) this.drawn.push(this.one(request, random))
    // views at the end: drawing may move the memory
    return this.drawn.map((held, i) => new Float32Array(memory.buffer, address(held), sizes[i]))
  }

  release(): void {
    for (const held of this.drawn.splice(0)) this.parts.device.release(held)
  }

  private copied(request: MaskRequest, random: RandomKey): Float32Array {
    const mask = this.one(request, random)
    const data = this.parts.device.read(mask)
    this.parts.device.release(mask)
    return data instanceof Float32Array ? data : Float32Array.from(data)
  }

  private one({ site: name, rate, axes, shape, samples, positions }: MaskRequest, random: RandomKey): Held {
    const { device } = this.parts
    const ids = device.upload(samples, [samples.length], 'int32')
    const places =
      positions === undefined ? [] : [device.upload(positions.places, [positions.places.length], 'int32')]
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
      device,
      random,
      over: undefined,
      derived: () => {
        throw new Error('a mask has no parameters')
      },
    })
    for (const held of [ids, ...places]) device.release(held)
    return mask
  }
}

function operand(dtype: DType, axes: readonly string[], shape: readonly number[]): Operand {
  return { dtype, axes: axes.map(toAxis), shape, size: shape.reduce((product, n) => product * n, 1) }
}
