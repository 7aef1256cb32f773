/** The updater of a device that has kernels for it, whatever runs the programs that make the gradients. */
import type { Device, Held } from './device.ts'
import { ParameterCache } from './parameters.ts'
import type { HostTensor, RunRequest } from './runner.ts'
import type { UpdateRule } from './update-rule.ts'
import type { ParameterUpdate, Updater } from './updater.ts'

/** What a device has to have for training on it: each works in place on float32 values of one size. */
export interface UpdateKernels {
  add(sum: Held, x: Held): void
  /** The sum of squares, in float64. */
  squares(x: Held): number
  /** The same on a device that is waited for as rarely as can be: begun now, known when it is next read from. */
  squaresLater?(x: Held): () => number
  supports(rule: UpdateRule): boolean
  /** `squares` is that of the gradient; the gradient may be written over. */
  update(rule: UpdateRule, parameter: Held, gradient: Held, slots: readonly Held[], squares: number): void
}

/** Takes an output that stays on the device; false: it is to be read. The value is still the caller's to release. */
export type Take = (output: string, held: Held) => boolean

interface Sum {
  readonly held: Held
  /** Known after the norm was asked for. */
  squares?: number
  /** Begun, where the device can do that. */
  later?: () => number
}

export class DeviceUpdater<Program> implements Updater<Program> {
  private readonly device: Device
  private readonly kernels: UpdateKernels
  private readonly parameters: ParameterCache
  /** Slots of all parameters, by their place: first moments, second moments. */
  private readonly slots: ParameterCache[] = []
  private readonly execute: (
    program: Program,
    request: RunRequest,
    take: Take,
  ) => ReadonlyMap<string, HostTensor>
  private readonly sums = new Map<string, Sum>()
  /** In the order in which their squares are added up: the caller's, not that in which they were computed. */
  private names: readonly string[] = []

  constructor(
    device: Device,
    kernels: UpdateKernels,
    parameters: ParameterCache,
    execute: (program: Program, request: RunRequest, take: Take) => ReadonlyMap<string, HostTensor>,
  ) {
    this.device = device
    this.kernels = kernels
    this.parameters = parameters
    this.execute = execute
  }

  supports(rule: UpdateRule): boolean {
    return this.kernels.supports(rule)
  }

  accumulate(
    program: Program,
    request: RunRequest,
    gradients: ReadonlyMap<string, string>,
  ): ReadonlyMap<string, HostTensor> {
    this.names = [...gradients.values()]
    const outputs = this.execute(program, request, (output, held) => {
      const name = gradients.get(output)
      if (name !== undefined) this.add(name, held)
      return name !== undefined
    })
    // Begun before the losses are looked at, so that both come to the host together.
    const { squaresLater } = this.kernels
    if (squaresLater !== undefined) for (const sum of this.sums.values()) sum.later = squaresLater(sum.held)
    return outputs
  }

  norm(): number {
    return Math.sqrt(this.names.reduce((squares, name) => squares + this.squaresOf(this.sum(name)), 0))
  }

  gradient(name: string): Float32Array {
    const view = this.device.read(this.sum(name).held)
    return view instanceof Float32Array ? view : Float32Array.from(view)
  }

  update(updates: readonly ParameterUpdate[]): void {
    for (const { name, parameter, slots, rule } of updates) {
      const sum = this.sum(name)
      const held = this.parameters.current(name, parameter)
      const moments = slots.map((slot, place) => this.slotsAt(place).current(name, slot))
      this.kernels.update(rule, held, sum.held, moments, this.squaresOf(sum))
      this.parameters.changed(name, parameter)
      slots.forEach((slot, place) => {
        this.slotsAt(place).changed(name, slot)
      })
      this.device.release(sum.held)
      this.sums.delete(name)
    }
    this.discard()
  }

  discard(): void {
    for (const { held } of this.sums.values()) this.device.release(held)
    this.sums.clear()
  }

  dispose(): void {
    this.discard()
    for (const slots of this.slots) slots.dispose()
  }

  private slotsAt(place: number): ParameterCache {
    const slots = this.slots[place] ?? new ParameterCache(this.device)
    this.slots[place] = slots
    return slots
  }

  private add(name: string, held: Held): void {
    const known = this.sums.get(name)
    if (known === undefined) {
      this.sums.set(name, { held: this.own(held) })
      return
    }
    this.kernels.add(known.held, held)
    delete known.squares
    delete known.later
  }

  /** The memory of the gradient itself, unless somebody else reads it too: a constant, or one gradient for two parameters. */
  private own(held: Held): Held {
    if (this.device.isSole(held)) return this.device.alias(held, held.shape)
    return this.device.compute([held], held.shape, 'float32', ([x], out) => {
      if (x !== undefined) out.set(x)
    })
  }

  private squaresOf(sum: Sum): number {
    sum.squares ??= sum.later?.() ?? this.kernels.squares(sum.held)
    return sum.squares
  }

  private sum(name: string): Sum {
    const sum = this.sums.get(name)
    if (sum === undefined) throw new Error(`no gradient of ${name} was summed`)
    return sum
  }
}
