/**
 * The vector functions of `updates.ts` for arrays of the host. The arrays stay in place. Blocks of them pass
 * through a small memory, which stays in the processor's cache.
 */
import type { AdaptiveRule, MomentumRule } from '../../run/update-rule.ts'
import { moduleOf } from './module.ts'
import { adaptiveNumbers, addAdaptiveUpdate, addPlainUpdates, momentumNumbers } from './updates.ts'

/** Parameter, gradient and what the optimizer keeps, of one length. `scale`: all clipping of the gradient. */
interface HostUpdates {
  /** Changes weights and both moments in place; the rule has no trust. */
  readonly update: (
    parameter: Float32Array,
    gradient: Float32Array,
    first: Float32Array,
    second: Float32Array,
    rule: AdaptiveRule,
    scale: number,
  ) => void
  /** Changes both moments in place, and gives the direction. */
  readonly direction: (
    parameter: Float32Array,
    gradient: Float32Array,
    first: Float32Array,
    second: Float32Array,
    rule: AdaptiveRule,
    scale: number,
  ) => Float32Array
  /** parameter <- parameter - step * direction */
  readonly descend: (parameter: Float32Array, direction: Float32Array, step: number) => void
  /** Changes weights and buffer in place. */
  readonly momentum: (
    parameter: Float32Array,
    gradient: Float32Array,
    buffer: Float32Array,
    rule: MomentumRule,
    scale: number,
  ) => void
  /** The sum of squares, in float64. */
  readonly squares: (values: Float32Array) => number
}

/** Floats of a block: four arrays of them are 64 KiB, one page. */
const blockSize = 4096
const distance = blockSize * 4
const places = [0, distance, 2 * distance, 3 * distance] as const
/** Where sums go: behind the arrays. */
const sumAt = 4 * distance

const names = ['adaptive_update', 'adaptive_direction', 'descend', 'momentum_update', 'squares'] as const

/** Undefined where the engine has no vector instructions. */
function compile(): HostUpdates | undefined {
  const module = moduleOf(addAdaptiveUpdate, addPlainUpdates)
  if (module === undefined) return undefined
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const run = exports as { readonly [name in (typeof names)[number]]: (...parameters: number[]) => void }
  const rooms = places.map((place) => new Float32Array(memory.buffer, place, blockSize))
  const sum = new Float64Array(memory.buffer, sumAt, 1)

  /** Passes arrays through memory, a block at a time, and writes back those of `changed`. */
  const inBlocks = (
    arrays: readonly Float32Array[],
    changed: readonly number[],
    work: (n: number) => void,
  ): void => {
    const length = arrays[0]?.length ?? 0
    for (let start = 0; start < length; start += blockSize) {
      const n = Math.min(blockSize, length - start)
      arrays.forEach((array, k) => {
        rooms[k]?.set(array.subarray(start, start + n))
      })
      work(n)
      for (const k of changed) {
        const updated = rooms[k]
        if (updated) arrays[k]?.set(n === blockSize ? updated : updated.subarray(0, n), start)
      }
    }
  }
  return {
    update: (parameter, gradient, first, second, rule, scale) => {
      const numbers = adaptiveNumbers(rule, scale)
      inBlocks([parameter, gradient, first, second], [0, 2, 3], (n) =>
        run.adaptive_update(...places, n, ...numbers),
      )
    },
    direction: (parameter, gradient, first, second, rule, scale) => {
      const numbers = adaptiveNumbers(rule, scale)
      const direction = gradient.slice()
      inBlocks([parameter, direction, first, second], [1, 2, 3], (n) =>
        run.adaptive_direction(...places, n, ...numbers, sumAt),
      )
      return direction
    },
    descend: (parameter, direction, step) =>
      inBlocks([parameter, direction], [0], (n) => run.descend(places[0], places[1], n, step)),
    momentum: (parameter, gradient, buffer, rule, scale) => {
      const numbers = momentumNumbers(rule, scale)
      inBlocks([parameter, gradient, buffer], [0, 2], (n) =>
        run.momentum_update(places[0], places[1], places[2], n, ...numbers),
      )
    },
    squares: (values) => {
      let total = 0
      inBlocks([values], [], (n) => {
        run.squares(0, n, sumAt)
        total += sum[0] ?? 0
      })
      return total
    },
  }
}

let compiled: { readonly updates: HostUpdates | undefined } | undefined

/** Compiled once a process; undefined where the engine has no vector instructions. */
export function hostUpdates(): HostUpdates | undefined {
  compiled ??= { updates: compile() }
  return compiled.updates
}
