/** The updater of a device that has kernels for it, whatever runs the programs that make the gradients. */
import type { Device, Held } from './device.ts'
import { ParameterCache } from './parameters.ts'
import type { Gradient, HostTensor, ParameterUpdate, RunRequest, Updater } from './runner.ts'
import type { UpdateRule } from './update-rule.ts'

/** What a device has to have for training on it: each works in place on float32 values of one size. */
export interface UpdateKernels {
  add(sum: Held, x: Held): void
  /** The sum of squares, in float64. */
  squares(x: Held): number
  /**
   * The same on a device that is waited for as rarely as can be: begun now, known when it is next read from.
   */
  squaresLater?(x: Held): () => number
  supports(rule: UpdateRule): boolean
  /** The same of several, where one call for all of them is cheaper. */
  squaresOfAll?(values: readonly Held[]): readonly number[]
  /** `squares` is that of the gradient; the gradient may be written over. */
  update(rule: UpdateRule, parameter: Held, gradient: Held, slots: readonly Held[], squares: number): void
  /** The same of several, where one call for all of them is cheaper. */
  updateAll?(updates: readonly DeviceUpdate[]): void
}

/** What `UpdateKernels.update` takes. */
export interface DeviceUpdate {
  readonly rule: UpdateRule
  readonly parameter: Held
  readonly gradient: Held
  readonly slots: readonly Held[]
  readonly squares: number
}

/**
 * Takes an output that stays on the device; false: it is to be read. The value is still the caller's to
 * release.
 */
export type Take = (output: string, held: Held) => boolean

interface Sum {
  readonly held: Held
  /** Known once the norm has been computed. */
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
    // Started before the losses are read, so that both are copied to the host together.
    const { squaresLater } = this.kernels
    if (squaresLater !== undefined) for (const sum of this.sums.values()) sum.later = squaresLater(sum.held)
    return outputs
  }

  squares(): readonly number[] {
    this.findSquares()
    return this.names.map((name) => this.squaresOf(this.sum(name)))
  }

  gradient(name: string): Float32Array {
    const { held } = this.sum(name)
    const view = this.device.view?.(held) ?? this.device.read(held)
    return view instanceof Float32Array ? view : Float32Array.from(view)
  }

  replaceGradients(gradients: ReadonlyMap<string, Gradient>): void {
    this.discard()
    this.names = [...gradients.keys()]
    for (const [name, { shape, data }] of gradients)
      this.sums.set(name, { held: this.device.upload(data, shape, 'float32') })
  }

  update(updates: readonly ParameterUpdate[]): void {
    const { updateAll } = this.kernels
    if (updateAll === undefined) {
      for (const update of updates) {
        const { rule, parameter, gradient, slots, squares } = this.deviceUpdate(update)
        this.kernels.update(rule, parameter, gradient, slots, squares)
        this.updated(update)
      }
    } else {
      updateAll(updates.map((update) => this.deviceUpdate(update)))
      for (const update of updates) this.updated(update)
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

  private deviceUpdate({ name, parameter, slots, rule }: ParameterUpdate): DeviceUpdate {
    const sum = this.sum(name)
    return {
      rule,
      parameter: this.parameters.current(name, parameter),
      gradient: sum.held,
      slots: slots.map((slot, place) => this.slotsAt(place).current(name, slot)),
      squares: this.squaresOf(sum),
    }
  }

  private updated({ name, parameter, slots }: ParameterUpdate): void {
    this.parameters.changed(name, parameter)
    for (const [place, slot] of slots.entries()) this.slotsAt(place).changed(name, slot)
    this.device.release(this.sum(name).held)
    this.sums.delete(name)
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

  /**
   * The memory of the gradient itself, unless it has another reader: a constant, or one gradient for two
   * parameters.
   */
  private own(held: Held): Held {
    if (this.device.isSole(held)) return this.device.alias(held, held.shape)
    return this.device.compute([held], held.shape, 'float32', ([x], out) => {
      if (x !== undefined) out.set(x)
    })
  }

  /** All that are not known, by one call where the device has it. */
  private findSquares(): void {
    const { squaresOfAll } = this.kernels
    const unknown = squaresOfAll === undefined ? [] : [...this.sums.values()].filter(isUnknown)
    if (squaresOfAll === undefined || unknown.length === 0) return
    for (const [i, squares] of squaresOfAll(unknown.map(({ held }) => held)).entries()) {
      const sum = unknown[i]
      if (sum !== undefined) sum.squares = squares
    }
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

function isUnknown({ squares, later }: Sum): boolean {
  return squares === undefined && later === undefined
}
