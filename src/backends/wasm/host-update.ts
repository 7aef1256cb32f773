/**
 * The vectors of `updates.ts` for arrays of the host. They stay where they are; blocks of them pass through a small memory of its own, which stays in the
 * processor's cache, so that nothing else has to know of it.
 */
import type { AdaptiveRule } from '../../run/update-rule.ts'
import { Assembler } from './assembler.ts'
import { adaptiveNumbers, addAdaptiveUpdate } from './updates.ts'

/** Changes weights and both moments in place. `scale`: what the gradient is multiplied by, with all clipping; the rule has no trust. */
type HostUpdate = (
  parameter: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  rule: AdaptiveRule,
  scale: number,
) => void

/** Floats of a block: four arrays of them are 64 KiB, one page. */
const blockSize = 4096
const distance = blockSize * 4

/** Throws where the engine has no vector instructions. */
function compile(): HostUpdate {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const assembler = new Assembler()
  addAdaptiveUpdate(assembler)
  const module = new WebAssembly.Module(assembler.assemble())
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const { adaptive_update: run } = exports as {
    readonly adaptive_update: (...parameters: number[]) => void
  }
  const rooms = [0, 1, 2, 3].map((k) => new Float32Array(memory.buffer, k * distance, blockSize))
  return (parameter, gradient, first, second, rule, scale) => {
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
  }
}

let compiled: { readonly update: HostUpdate | undefined } | undefined

/** The update, compiled once a process; undefined where the engine has no vector instructions. */
export function hostUpdate(): HostUpdate | undefined {
  compiled ??= { update: attempt() }
  return compiled.update
}

function attempt(): HostUpdate | undefined {
  try {
    return compile()
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined
    throw error
  }
}
