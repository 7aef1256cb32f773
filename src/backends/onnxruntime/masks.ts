/** Dropout masks for a runtime without counter-based random numbers: drawn by the wasm backend's vectors. */
import type { DType, RandomKey } from '../../graph/graph.ts'
import { toAxis } from '../../graph/type.ts'
import type { Held, Kernel } from '../../run/device.ts'
import type { Operand, Site } from '../../run/site.ts'
import { type WasmParts, wasmDevice } from '../tfjs/load.ts'
import type { MaskOp } from '../wasm/dropout.ts'
import { wasmKernels } from '../wasm/table.ts'

/** A dropout mask. */
export interface MaskRequest {
  /** The model's input. */
  readonly name: string
  /** Whether it has factors, or bytes of kept elements. */
  readonly op: MaskOp
  readonly site: string
  readonly rate: number
  readonly axes: readonly string[]
  readonly shape: readonly number[]
  readonly samples: Int32Array
  readonly positions?: { readonly places: Int32Array; readonly L: number }
}

/** Bytes of masks that are left where they are drawn: that memory has 4 GiB at most. */
const most = 2 ** 30

/** Bytes of an element. */
const bytesOf: { readonly [op in MaskOp]: number } = { dropout_mask: 4, dropout_keep: 1 }

/** Factors, or bytes of 0 and 1. */
export type Mask = Float32Array | Uint8Array

export class MaskDrawer {
  private readonly parts: WasmParts
  private readonly kernels: { readonly [op in MaskOp]: Kernel }
  private readonly drawn: Held[] = []

  private constructor(parts: WasmParts, kernels: { readonly [op in MaskOp]: Kernel }) {
    this.parts = parts
    this.kernels = kernels
  }

  static async start(): Promise<MaskDrawer> {
    const parts = await wasmDevice()
    const { dropout_mask, dropout_keep } = wasmKernels(parts, { threads: false })
    if (dropout_mask === undefined || dropout_keep === undefined)
      throw new Error('no kernel for dropout masks')
    return new MaskDrawer(parts, { dropout_mask, dropout_keep })
  }

  /** The masks of a run, good until `release`: in the drawer's own memory unless they are very large. */
  draw(requests: readonly MaskRequest[], random: RandomKey): Mask[] {
    const { memory, address } = this.parts
    const sizes = requests.map(({ shape }) => shape.reduce((product, n) => product * n, 1))
    const bytes = requests.reduce((sum, { op }, i) => sum + bytesOf[op] * (sizes[i] ?? 0), 0)
    if (memory === undefined || bytes > most) return requests.map((one) => this.copied(one, random))
    for (const request of requests) this.drawn.push(this.one(request, random))
    // views at the end: drawing may move the memory
    return this.drawn.map((held, i) =>
      held.dtype === 'bool'
        ? new Uint8Array(memory.buffer, address(held), sizes[i])
        : new Float32Array(memory.buffer, address(held), sizes[i]),
    )
  }

  release(): void {
    for (const held of this.drawn.splice(0)) this.parts.device.release(held)
  }

  private copied(request: MaskRequest, random: RandomKey): Mask {
    const mask = this.one(request, random)
    const data = this.parts.device.read(mask)
    this.parts.device.release(mask)
    return data instanceof Int32Array ? Float32Array.from(data) : data
  }

  private one(request: MaskRequest, random: RandomKey): Held {
    const { op, site: name, rate, axes, shape, samples, positions } = request
    const { device } = this.parts
    const ids = device.upload(samples, [samples.length], 'int32')
    const places =
      positions === undefined ? [] : [device.upload(positions.places, [positions.places.length], 'int32')]
    const output = operand(op === 'dropout_keep' ? 'bool' : 'f32', axes, shape)
    const site: Site = {
      op,
      attributes: { site: name, rate },
      inputs: [
        operand('i32', ['example'], [samples.length]),
        ...(positions === undefined ? [] : [operand('i32', ['position'], [positions.places.length])]),
      ],
      output,
      sizes: { B: samples.length, L: positions?.L ?? 1 },
      fixed: [false, false],
    }
    const step = this.kernels[op](site)
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
