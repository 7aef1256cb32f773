/**
 * Optimizer updates on the GPU, in place. A program of TensorFlow.js has one result, so each moment is a
 * dispatch and the weight another. Together they read and write ten numbers for each weight.
 */
import type { Held } from '../../run/device.ts'
import type { UpdateKernels } from '../../run/device-updater.ts'
import {
  type AdaptiveRule,
  gradientScale,
  type MomentumRule,
  supportsFloat32,
  type UpdateRule,
} from '../../run/update-rule.ts'
import { product } from '../tfjs/layout.ts'
import type { WebGpuDevice } from './device.ts'
import { elementGroup, groupsFor } from './nest.ts'

/** Elements whose squares one invocation adds up. */
const share = 64

export function updateKernelsOn(device: WebGpuDevice): UpdateKernels {
  /** Writes an expression of the elements of some values over one of them, which is `own` there. */
  const overwrite = (
    own: Held,
    expression: string,
    inputs: { readonly [name: string]: Held },
    numbers: { readonly [name: string]: number },
  ): void => {
    const names = Object.keys(inputs)
    const size = product(own.shape)
    const program = device.program(`update ${expression} ${names}`, () => ({
      operands: names.map((name) => `of_${name}`),
      integers: ['elements'],
      floats: Object.keys(numbers),
      workgroup: elementGroup,
      code: `fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  let own = result[index];
  ${names.map((name) => `let ${name} = of_${name}[${name.startsWith('all_') ? '0' : 'index'}];`).join(' ')}
  result[index] = ${expression};
}`,
    }))
    const result = device.dispatch(program, Object.values(inputs), own, groupsFor(size), {
      integers: [size],
      floats: Object.values(numbers),
    })
    device.release(result)
  }

  /** Sums of `share` elements, or of their squares. */
  const partialSums = (x: Held, squared: boolean): Held => {
    const size = product(x.shape)
    const shares = Math.ceil(size / share)
    const program = device.program(squared ? 'squares' : 'sums', () => ({
      operands: ['x'],
      integers: ['elements', 'shares'],
      floats: [],
      workgroup: elementGroup,
      code: `fn main(index : i32) {
  if (index >= uniforms.shares) { return; }
  var total = 0.0;
  // Neighbours read neighbours.
  for (var i = index; i < uniforms.elements; i += uniforms.shares) { let v = x[i]; total = total + ${squared ? 'v * v' : 'v'}; }
  result[index] = total;
}`,
    }))
    return device.dispatch(program, [x], { shape: [shares], dtype: 'float32' }, groupsFor(shares), {
      integers: [size, shares],
    })
  }

  /** Of the squares of a value, so many sums that few are left. */
  const squaresOf = (x: Held, most: number): Held => {
    let sums = partialSums(x, true)
    while (product(sums.shape) > most) {
      const fewer = partialSums(sums, false)
      device.release(sums)
      sums = fewer
    }
    return sums
  }

  const squaresLater = (x: Held): (() => number) => {
    const sums = squaresOf(x, share)
    const view = device.readLater(sums)
    device.release(sums)
    return () => Array.from(view()).reduce((total, part) => total + part, 0)
  }

  const slotAt = (slots: readonly Held[], place: number): Held => {
    const slot = slots[place]
    if (slot === undefined) throw new Error(`a rule without slot ${place}`)
    return slot
  }

  const momentum = (rule: MomentumRule, p: Held, g: Held, slots: readonly Held[], scale: number): void => {
    const b = slotAt(slots, 0)
    const { momentum: beta, coupled, rate } = rule
    overwrite(
      b,
      'uniforms.beta * own + (uniforms.scale * g + uniforms.coupled * p)',
      { g, p },
      { beta, scale, coupled },
    )
    overwrite(p, 'own - uniforms.rate * b', { b }, { rate })
  }

  const direction = 'uniforms.size * m / (uniforms.root * sqrt(v) + uniforms.epsilon) + uniforms.decay'

  const adaptive = (rule: AdaptiveRule, p: Held, g: Held, slots: readonly Held[], scale: number): void => {
    const [m, v] = [slotAt(slots, 0), slotAt(slots, 1)]
    const { betas, size, root, epsilon, decay, coupled, trust } = rule
    const scaled = '(uniforms.scale * g + uniforms.coupled * p)'
    const first = { beta: betas[0], rest: 1 - betas[0], scale, coupled }
    const second = { beta: betas[1], rest: 1 - betas[1], scale, coupled }
    overwrite(m, `uniforms.beta * own + uniforms.rest * ${scaled}`, { g, p }, first)
    overwrite(v, `uniforms.beta * own + uniforms.rest * ${scaled} * ${scaled}`, { g, p }, second)
    const numbers = { size, root, epsilon, decay }
    if (trust === undefined) {
      overwrite(p, `own - (${direction} * own)`, { m, v }, numbers)
      return
    }
    overwrite(g, `${direction} * p`, { m, v, p }, numbers)
    const [weights, directions] = [squaresOf(p, 1), squaresOf(g, 1)]
    // The ratio of the norms is taken where they are: the host waits for nothing.
    const ratio = 'sqrt(select(1.0, all_p / all_u, all_p > 0.0 && all_u > 0.0))'
    overwrite(
      p,
      `own - uniforms.trust * ${ratio} * u`,
      { u: g, all_p: weights, all_u: directions },
      { trust },
    )
    device.release(weights)
    device.release(directions)
  }

  return {
    add: (sum, x) => overwrite(sum, 'own + x', { x }, {}),
    squares: (x) => squaresLater(x)(),
    squaresLater,
    supports: supportsFloat32,
    update: (rule: UpdateRule, parameter, gradient, slots, squares) => {
      const scale = gradientScale(rule, () => Math.sqrt(squares))
      if (rule.kind === 'momentum') momentum(rule, parameter, gradient, slots, scale)
      else adaptive(rule, parameter, gradient, slots, scale)
    },
  }
}
