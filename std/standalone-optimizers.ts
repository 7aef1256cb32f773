/**
 * Optimizers and weights of what `distill compile --emit trainer --standalone` writes: regions of
 * standalone-trainer.ts, of which a program has those that its stage needs.
 */
import * as tf from '@tensorflow/tfjs-core'
import { type Change, models, type State, squares, type Weight, type Weights } from './standalone-trainer.ts'

// #region tiny
/** Numbers below 1e-34 are 0: those near 1e-38 are slow on many processors. */
function withoutTiny(x: tf.Tensor): tf.Tensor {
  return tf.where(tf.greaterEqual(tf.abs(x), 1e-34), x, tf.zerosLike(x))
}
// #endregion

// #region adaptive
/** The coefficients of one update. */
interface Rule {
  readonly betas: readonly [number, number]
  /** Weight decay as a part of the gradient. */
  readonly coupled: number
  readonly size: number
  readonly root: number
  readonly epsilon: number
  readonly decay: number
}

/**
 * The new moments, and u:
 *
 *   g <- scale g + coupled p
 *   m <- m + (1 - b1) (g - m)         v <- v + (1 - b2) (g^2 - v)
 *   u <- size m / (root sqrt(v) + epsilon) + decay p
 */
function directionOf(weight: tf.Variable, gradient: tf.Tensor, scale: number, { slots }: State, rule: Rule) {
  const { betas, coupled, size, root, epsilon, decay } = rule
  return tf.tidy((): [tf.Tensor, tf.Tensor, tf.Tensor] => {
    const [m = tf.zerosLike(weight), v = tf.zerosLike(weight)] = slots
    const scaled = scale === 1 ? gradient : tf.mul(gradient, scale)
    const g = coupled === 0 ? scaled : tf.add(scaled, tf.mul(weight, coupled))
    const first = withoutTiny(tf.add(m, tf.mul(tf.sub(g, m), 1 - betas[0])))
    const second = withoutTiny(tf.add(v, tf.mul(tf.sub(tf.mul(g, g), v), 1 - betas[1])))
    const divisor = tf.add(tf.mul(tf.sqrt(second), root), epsilon)
    return [first, second, tf.add(tf.div(tf.mul(first, size), divisor), tf.mul(weight, decay))]
  })
}

// #endregion

// #region descend
/** p <- p - u */
function descend({ weight, gradient, scale, state }: Change, rule: Rule): void {
  const [first, second, direction] = directionOf(weight, gradient, scale, state, rule)
  const next = tf.sub(weight, direction)
  weight.assign(next)
  tf.dispose([...state.slots, direction, next])
  state.slots = [first, second]
}
// #endregion

// #region trust
/** p <- p - trust (|p| / |u|) u: the ratio is 1 where a norm is 0. */
async function descendWithTrust({ weight, gradient, scale, state }: Change, rule: Rule, trust: number): Promise<void> {
  const [first, second, direction] = directionOf(weight, gradient, scale, state, rule)
  const [own, other] = [squares(await weight.data()), squares(await direction.data())]
  const ratio = own > 0 && other > 0 ? Math.sqrt(own / other) : 1
  const next = tf.tidy(() => tf.sub(weight, tf.mul(direction, trust * ratio)))
  weight.assign(next)
  tf.dispose([...state.slots, direction, next])
  state.slots = [first, second]
}
// #endregion

// #region momentum
/** g <- scale g + coupled p,  b <- momentum b + g,  p <- p - rate b */
function descendWithMomentum({ weight, gradient, scale, state }: Change, coupled: number, momentum: number, rate: number): void {
  const [buffer, next] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const [b = tf.zerosLike(weight)] = state.slots
    const g = tf.add(tf.mul(gradient, scale), tf.mul(weight, coupled))
    const buffer = withoutTiny(tf.add(tf.mul(b, momentum), g))
    return [buffer, tf.sub(weight, tf.mul(buffer, rate))]
  })
  weight.assign(next)
  tf.dispose([...state.slots, next])
  state.slots = [buffer]
}
// #endregion

// #region safetensors
/** The weights of a model from a file of safetensors, in float32. */
export function readSafetensors(file: ArrayBuffer, model: string): Weights {
  const length = Number(new DataView(file).getBigUint64(0, true))
  const header: { [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] } } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(file, 8, length)),
  )
  const paths = new Map(models[model]?.flatMap(([path, , name = path]) => [[name, path], [path, path]] as const))
  const weights: { [path: string]: Weight } = {}
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const path = paths.get(name)
    if (path === undefined) continue
    if (dtype !== 'F32') throw new Error(`${name} is ${dtype}: float32 is needed`)
    const [begin, end] = data_offsets
    weights[`${model}.${path}`] = { shape, data: new Float32Array(file.slice(8 + length + begin, 8 + length + end)) }
  }
  return weights
}
// #endregion

export { descend, descendWithMomentum, descendWithTrust }
