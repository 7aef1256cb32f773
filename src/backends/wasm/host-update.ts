/**
 * The vectors of `updates.ts` for arrays of the host. They stay where they are; blocks of them pass through a
 * small memory of its own, which stays in the processor's cache, so that nothing else has to know of it.
 */
import type { AdaptiveRule } from '../../run/update-rule.ts'
import { moduleOf } from './module.ts'
import { adaptiveNumbers, addAdaptiveUpdate, addSquares } from './updates.ts'

interface HostUpdates {
  /**
   * Changes weights and both moments in place. `scale`: what the gradient is multiplied by, with all
   * clipping; the rule has no trust.
   */
  readonly update: (
    parameter: Float32Array,
    gradient: Float32Array,
    first: Float32Array,
    second: Float32Array,
    rule: AdaptiveRule,
    scale: number,
  ) => void
  /** The sum of squares, in float64. */
  readonly squares: (values: Float32Array) => number
}

/** Floats of a block: four arrays of them are 64 KiB, one page. */
const blockSize = 4096
const distance = blockSize * 4
/** Where a sum goes: behind the first array, where the second one is during updates. */
const sumAt = distance

/** Undefined where the engine has no vector instructions. */
function compile(): HostUpdates | undefined {
  const module = moduleOf(addAdaptiveUpdate, addSquares)
  if (module === undefined) return undefined
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const { adaptive_update: run, squares } = exports as {
    readonly [name in 'adaptive_update' | 'squares']: (...parameters: number[]) => void
  }
  const rooms = [0, 1, 2, 3].map((k) => new Float32Array(memory.buffer, k * distance, blockSize))
  const sum = new Float64Array(memory.buffer, sumAt, 1)
  return {
    update: (parameter, gradient, first, second, rule, scale) => {
      const numbers = adaptiveNumbers(rule, scale)
      const arrays = [parameter, gradient, first, second]
      for (let start = 0; start < parameter.length; start += blockSize) {
        const n = Math.min(blockSize, parameter.length - start)
        arrays.forEach((array, k) => {
          rooms[k]?.set(array.subarray(start, start + n))
        })
        run(0, distance, 2 * distance, 3 * distance, n, ...numbers)
        arrays.forEach((array, k) => {
          const updated = rooms[k]
          if (updated && array !== gradient)
            array.set(n === blockSize ? updated : updated.subarray(0, n), start)
        })
      }
    },
    squares: (values) => {
      let total = 0
      for (let start = 0; start < values.length; start += blockSize) {
        const block = values.subarray(start, start + blockSize)
        rooms[0]?.set(block)
        squares(0, block.length, sumAt)
        total += sum[0] ?? 0
      }
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
