/**
 * The update of AdamW in vectors of four float32. Parameter, gradient and moments stay where they are; blocks of them pass through a small memory of
 * their own, which stays in the processor's cache, so that nothing else has to know of it.
 */
import { Assembler, block, Constants, f32x4, i32, locals, loopWhile, v128 } from './assembler.ts'

export interface AdamWCoefficients {
  /** What the gradient is multiplied by first. */
  readonly scale: number
  /** 1 - b1 and 1 - b2. */
  readonly gain1: number
  readonly gain2: number
  /** rate * weight decay */
  readonly decay: number
  /** rate / (1 - b1^t) */
  readonly size: number
  /** 1 / sqrt(1 - b2^t) */
  readonly root: number
  readonly epsilon: number
}

export type AdamWUpdate = (
  parameter: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  coefficients: AdamWCoefficients,
) => void

/** Floats of a block: four arrays of them are 64 KiB, one page. */
const blockSize = 4096
const float = 4
/** A moment nearer to zero than this is zero: numbers below 1e-38 are a hundred times slower, and far below any epsilon. */
const smallest = 1e-34

/**
 * `adamw(p, end, scale, gain1, gain2, decay, size, root, epsilon)`: one block, p to end, the other three arrays at fixed distances behind it. The moments are
 * m + gain (g - m): with b2 near 1 a float32 has 1 - b2 better than b2.
 */
function addAdamW(assembler: Assembler, distance: number): void {
  assembler.function(
    'adamw',
    {
      p: 'i32',
      end: 'i32',
      scale: 'f32',
      gain1: 'f32',
      gain2: 'f32',
      decay: 'f32',
      size: 'f32',
      root: 'f32',
      epsilon: 'f32',
    },
    ({ p, end, scale, gain1, gain2, decay, size, root, epsilon }, local) => {
      const { x, g, m, v } = locals(local, 'v128', 'x', 'g', 'm', 'v')
      const factors = [scale, gain1, gain2, decay, size, root, epsilon].map((number) => ({
        number,
        four: local('v128'),
      }))
      const four = (number: (typeof factors)[number]['number']) =>
        factors.find((factor) => factor.number === number)?.four.get ?? []
      const constants = new Constants(local)
      const toward = (from: typeof m, to: readonly number[], gain: readonly number[]) =>
        from.set(f32x4.add(from.get, f32x4.mul(gain, f32x4.sub(to, from.get))))
      const flushed = (moment: typeof m) =>
        moment.set(v128.and(moment.get, f32x4.ge(f32x4.abs(moment.get), constants.floats(smallest))))
      const body = loopWhile(
        i32.ltU(p.get, end.get),
        block(
          x.set(v128.load(p.get)),
          g.set(f32x4.mul(v128.load(p.get, distance), four(scale))),
          m.set(v128.load(p.get, 2 * distance)),
          v.set(v128.load(p.get, 3 * distance)),
          toward(m, g.get, four(gain1)),
          toward(v, f32x4.mul(g.get, g.get), four(gain2)),
          flushed(m),
          flushed(v),
          v128.store(p.get, m.get, 2 * distance),
          v128.store(p.get, v.get, 3 * distance),
          m.set(f32x4.mul(m.get, four(size))),
          v.set(f32x4.add(f32x4.mul(f32x4.sqrt(v.get), four(root)), four(epsilon))),
          m.set(f32x4.add(f32x4.div(m.get, v.get), f32x4.mul(x.get, four(decay)))),
          v128.store(p.get, f32x4.sub(x.get, m.get)),
          p.set(i32.add(p.get, i32.const(16))),
        ),
      )
      const splats = factors.map((factor) => factor.four.set(f32x4.splat(factor.number.get)))
      return block(...splats, constants.setup(), body)
    },
  )
}

/** Compiles the update. Throws where the engine has no vector instructions. */
function compileAdamW(): AdamWUpdate {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const distance = blockSize * float
  const assembler = new Assembler()
  addAdamW(assembler, distance)
  const module = new WebAssembly.Module(assembler.assemble())
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const { adamw: run } = exports as { readonly adamw: (...parameters: number[]) => void }
  const room = (index: number): Float32Array => new Float32Array(memory.buffer, index * distance, blockSize)
  const rooms = [room(0), room(1), room(2), room(3)]
  return (parameter, gradient, first, second, { scale, gain1, gain2, decay, size, root, epsilon }) => {
    const arrays = [parameter, gradient, first, second]
    const n = parameter.length
    for (let start = 0; start < n; start += blockSize) {
      const end = Math.min(n, start + blockSize)
      for (let k = 0; k < 4; k++) rooms[k]?.set((arrays[k] ?? parameter).subarray(start, end))
      const bytes = (end - start) * float
      run(0, bytes, scale, gain1, gain2, decay, size, root, epsilon)
      const whole = end - start === blockSize
      for (const k of [0, 2, 3]) {
        const [array, updated] = [arrays[k], rooms[k]]
        if (array && updated) array.set(whole ? updated : updated.subarray(0, end - start), start)
      }
    }
  }
}

let compiled: { readonly update: AdamWUpdate | undefined } | undefined

/** The update, compiled once a process; undefined where the engine has no vector instructions. */
export function adamwUpdate(): AdamWUpdate | undefined {
  compiled ??= { update: attempt() }
  return compiled.update
}

function attempt(): AdamWUpdate | undefined {
  try {
    return compileAdamW()
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined
    throw error
  }
}
