/**
 * What `distill compile --emit trainer --standalone` writes below the functions of a stage: batches, dropout,
 * the optimizer and the loop, in TensorFlow.js and plain TypeScript. What is outside of the regions is for this
 * file alone, and a program has the regions that its stage needs.
 */
import * as tf from '@tensorflow/tfjs-core'

type Batch = { readonly tokens: number[][] }
declare const stage: Stage
declare const models: { readonly [model: string]: readonly WeightRow[] }

// #region types
/** Sizes of a micro-batch: examples, tokens, and positions that count (attended ones, masked ones, first pieces of words). */
interface Sizes {
  readonly B: number
  readonly L: number
  readonly R: number
  readonly M: number
  readonly W: number
}

/** What the functions of a step are given. */
interface Step {
  readonly size: Sizes
  /** An input of the micro-batch. */
  input(name: string): tf.Tensor
  /** A weight, by its path. */
  parameter(path: string): tf.Variable
  /** 0 with probability `rate`, else 1 / (1 - rate): drawn for each element by its sample and its place. */
  dropout_mask(site: string, rate: number, axes: { readonly [axis: string]: number }): tf.Tensor
  output(name: string, value: tf.Tensor | number): void
  gradient(of: tf.Variable, value: tf.Tensor): void
}
// #endregion

// #region loop
/** Path in its model, shape, and name in files, where that is another one. */
type WeightRow = readonly [path: string, shape: readonly number[], name?: string]

export interface Weight {
  readonly shape: number[]
  readonly data: Float32Array
}
/** By path: `S.layer[1].ffn.up.weight`. */
export interface Weights {
  readonly [path: string]: Weight
}

/** A moment of the stage: updates made before, their share of all, and finished epochs. */
interface Moment {
  readonly step: number
  readonly progress: number
  readonly epoch: number
}

/** What the rest of this file has to know of the stage. */
interface Stage {
  readonly name: string
  readonly step: (step: Step) => void
  readonly counts: (step: Step) => void
  /** So many numbers that losses are divided by. */
  readonly normalisers: number
  /** Whether micro-batches are divided by their own counts, and averaged. */
  readonly averaged: boolean
  readonly terms: readonly string[]
  /** Weights between models, by their whole paths. */
  readonly projections: readonly WeightRow[]
  /** Inputs by name, with what they hold. */
  readonly inputs: { readonly [name: string]: 'int32' | 'float32' | 'bool' }
  /** Largest norm of all gradients together. */
  readonly clip?: number
  /** The rate of the optimizer's own settings, for reports. */
  readonly rate: (at: Moment) => number
  /** Whether `clip` is for each gradient alone. */
  readonly clipsEach?: boolean
  readonly update: (path: string, change: Change, at: Moment) => void | Promise<void>
}

/** A weight, its gradient and what that is multiplied by. */
interface Change {
  readonly weight: tf.Variable
  readonly gradient: tf.Tensor
  readonly scale: number
  readonly state: State
}

/** What an optimizer keeps of a weight: so many updates were made, and its moments. */
interface State {
  updates: number
  slots: tf.Tensor[]
}

export interface StepReport {
  /** From 1. */
  readonly step: number
  readonly total: number
  readonly terms: { readonly [name: string]: number }
  readonly rate: number
}

export interface TrainOptions {
  /** Of all models of the stage: what it trains, and what it only reads. */
  readonly weights: Weights
  /** One for each step. Several micro-batches are one step. */
  readonly batches: Iterable<Batch | readonly Batch[]> | AsyncIterable<Batch | readonly Batch[]>
  /** So many steps the schedule of the rate is for. */
  readonly steps: number
  readonly stepsPerEpoch?: number
  /** Of dropout. */
  readonly seed?: number
  readonly onStep?: (report: StepReport) => void
  readonly signal?: AbortSignal
}

/** Trains the stage on the backend of TensorFlow.js that is set. Gives all weights, with those that were trained as they are then. */
export async function train(options: TrainOptions): Promise<Weights> {
  const { weights, batches, steps, stepsPerEpoch = 0, seed = 0, onStep, signal } = options
  const variables = new Map<string, tf.Variable>()
  for (const [path, shape] of weightRows()) {
    const given = weights[path]
    // What no function reads need not be given.
    if (given === undefined) continue
    if (given.shape.join() !== shape.join()) throw new Error(`weight ${path}: [${shape}] needed, [${given.shape}] given`)
    variables.set(path, tf.tidy(() => tf.variable(tf.tensor(given.data, [...shape], 'float32'), false)))
  }
  const states = new Map<tf.Variable, State>()
  let step = 0
  try {
    for await (const batch of batches) {
      if (signal?.aborted) break
      const at = {
        step,
        progress: Math.min(1, step / steps),
        epoch: stepsPerEpoch > 0 ? Math.floor(step / stepsPerEpoch) : 0,
      }
      const parts = ('tokens' in batch ? [batch] : batch).map((one) => new MicroBatch(one, seed, step, variables))
      const { terms, total, gradients } = await lossesOf(parts, at)
      if (!Number.isFinite(total)) throw new Error(`step ${step + 1}: the loss is ${total}`)
      const ordered = [...variables].flatMap(([path, weight]) => {
        const gradient = gradients.get(weight)
        return gradient ? [{ path, weight, gradient }] : []
      })
      const together = stage.clipsEach ? 1 : await clipping(ordered)
      for (const { path, weight, gradient } of ordered) {
        const state = states.get(weight) ?? { updates: 0, slots: [] }
        states.set(weight, state)
        state.updates++
        const scale = stage.clipsEach ? await clipping([{ gradient }]) : together
        await stage.update(path, { weight, gradient, scale, state }, at)
        gradient.dispose()
      }
      step++
      onStep?.({ step, total, terms, rate: stage.rate(at) })
    }
    const trained: { [path: string]: Weight } = {}
    for (const [path, variable] of variables)
      trained[path] = { shape: variable.shape, data: Float32Array.from(await variable.data()) }
    return trained
  } finally {
    tf.dispose([...variables.values(), ...[...states.values()].flatMap(({ slots }) => slots)])
  }
}

/** All weights, by their whole paths. */
function weightRows(): WeightRow[] {
  const ofModels = Object.entries(models).flatMap(([model, rows]) =>
    rows.map(([path, shape]): WeightRow => [`${model}.${path}`, shape]),
  )
  return [...ofModels, ...stage.projections]
}

interface Losses {
  readonly terms: { [name: string]: number }
  total: number
  readonly gradients: Map<tf.Variable, tf.Tensor>
}

/** Losses and gradients of a batch, as sums over its micro-batches. */
async function lossesOf(parts: readonly MicroBatch[], at: Moment): Promise<Losses> {
  const counts: number[][] = []
  for (const part of parts) {
    const { outputs } = part.run(stage.counts)
    const own: number[] = []
    for (let k = 0; k < stage.normalisers; k++) own.push(await numberOf(outputs, `count[${k}]`))
    counts.push(own)
  }
  const inverse = (count: number): number => (count > 0 ? 1 / count : 0)
  const whole = Array.from({ length: stage.normalisers }, (_, k) =>
    inverse(counts.reduce((sum, own) => sum + (own[k] ?? 0), 0)),
  )
  const losses: Losses = { terms: {}, total: 0, gradients: new Map() }
  for (const [i, part] of parts.entries()) {
    const normalisers = stage.averaged ? (counts[i] ?? []).map(inverse) : whole
    const scalars = Object.entries({ ...at, ...Object.fromEntries(normalisers.map((n, k) => [`normaliser[${k}]`, n])) })
    const { outputs, gradients } = part.run(stage.step, scalars)
    part.dispose()
    for (const [weight, gradient] of gradients) {
      const sum = losses.gradients.get(weight)
      losses.gradients.set(weight, sum ? replaced([sum, gradient], () => tf.add(sum, gradient)) : gradient)
    }
    for (const name of stage.terms)
      losses.terms[name] = (losses.terms[name] ?? 0) + (await numberOf(outputs, `term ${name}`))
    losses.total += await numberOf(outputs, 'total')
  }
  if (!stage.averaged || parts.length === 1) return losses
  for (const name of stage.terms) losses.terms[name] = (losses.terms[name] ?? 0) / parts.length
  losses.total /= parts.length
  for (const [weight, sum] of losses.gradients)
    losses.gradients.set(weight, replaced([sum], () => tf.mul(sum, 1 / parts.length)))
  return losses
}

/** The result of calls on tensors that are not needed any more. */
function replaced(old: readonly tf.Tensor[], calls: () => tf.Tensor): tf.Tensor {
  const made = tf.tidy(calls)
  tf.dispose([...old])
  return made
}

async function numberOf(outputs: ReadonlyMap<string, tf.Tensor>, name: string): Promise<number> {
  const value = outputs.get(name)
  if (value === undefined) throw new Error(`there is no output ${name}`)
  const [number = Number.NaN] = await value.data()
  value.dispose()
  return number
}

/** What gradients are multiplied by, so that their norm together is at most that of the stage. */
async function clipping(gradients: readonly { readonly gradient: tf.Tensor }[]): Promise<number> {
  if (stage.clip === undefined) return 1
  let sum = 0
  for (const { gradient } of gradients) sum += squares(await gradient.data())
  return Math.min(1, stage.clip / (Math.sqrt(sum) + 1e-6))
}

/** The sum of squares, in float64; in four parts, which a processor adds up side by side. */
function squares(x: ArrayLike<number>): number {
  const even = x.length - (x.length % 4)
  const parts = [0, 0, 0, 0]
  for (let i = 0; i < even; i++) parts[i & 3] = (parts[i & 3] ?? 0) + (x[i] ?? 0) * (x[i] ?? 0)
  for (let i = even; i < x.length; i++) parts[0] = (parts[0] ?? 0) + (x[i] ?? 0) ** 2
  const [a = 0, b = 0, c = 0, d = 0] = parts
  return a + b + c + d
}
// #endregion

// #region batch
/** A micro-batch as tensors, and the runs of functions on it. */
class MicroBatch {
  private readonly size: Sizes
  private readonly inputs = new Map<string, tf.Tensor>()
  private readonly samples: readonly number[]
  private readonly places: readonly number[]
  private readonly seed: number
  private readonly step: number
  private readonly variables: ReadonlyMap<string, tf.Variable>

  constructor(batch: Batch, seed: number, step: number, variables: ReadonlyMap<string, tf.Variable>) {
    this.seed = seed
    this.step = step
    this.variables = variables
    const [B, L] = [batch.tokens.length, batch.tokens[0]?.length ?? 0]
    const given: { readonly [name: string]: unknown } = { ...batch }
    const all = (value: number): number[] => new Array<number>(B * L).fill(value)
    /** Row by row. */
    const values = (name: string): number[] | undefined => {
      const value = given[fieldOf(name)]
      if (!Array.isArray(value)) return undefined
      return value.flat(2).map(Number)
    }
    const attended = values('attended') ?? all(1)
    const first = values('first_piece') ?? all(1)
    const masked = values('masked') ?? values('batch.original')?.map((id) => (id < 0 ? 0 : 1)) ?? all(0)
    this.samples = values('sample') ?? Array.from({ length: B }, (_, i) => i)
    const positions = positionsOf(attended, attended, L, true)
    const maskedPositions = positionsOf(attended, masked, L, false)
    const firstPositions = positionsOf(attended, first, L, false)
    this.places = positions
    this.size = { B, L, R: positions.length, M: maskedPositions.length, W: firstPositions.length }
    const derived: { readonly [name: string]: readonly number[] } = {
      attended,
      first_piece: first,
      masked,
      sample: this.samples,
      segments: values('segments') ?? all(0),
      places: Array.from({ length: L }, (_, i) => i),
      'positions.attended': positions,
      'positions.masked': maskedPositions,
      'positions.first_piece': firstPositions,
    }
    for (const [name, dtype] of Object.entries(stage.inputs)) {
      const value = derived[name] ?? values(name)
      if (value === undefined) throw new Error(`the batch has no ${fieldOf(name)}`)
      // Of each token where it was given row by row, or made so.
      const own = given[fieldOf(name)]
      const rowByRow = name in derived ? !ofOneAxis.test(name) : Array.isArray(own) && Array.isArray(own[0])
      this.inputs.set(name, tf.tensor([...value], rowByRow ? [B, L] : [value.length], dtype))
    }
  }

  /** Outputs and gradients of a function; `scalars` are inputs too. The caller disposes of both. */
  run(
    body: (step: Step) => void,
    scalars: readonly (readonly [string, number])[] = [],
  ): { outputs: Map<string, tf.Tensor>; gradients: Map<tf.Variable, tf.Tensor> } {
    const outputs = new Map<string, tf.Tensor>()
    const gradients = new Map<tf.Variable, tf.Tensor>()
    tf.tidy(() => {
      const inputs = new Map([...this.inputs, ...scalars.map(([name, value]) => [name, tf.scalar(value)] as const)])
      body({
        size: this.size,
        input: (name) => found(inputs, name, 'input'),
        parameter: (path) => found(this.variables, path, 'weight'),
        dropout_mask: (site, rate, axes) => this.dropoutMask(site, rate, axes),
        // A copy of its own: the value may be disposed of where it is not read any more.
        output: (name, value) => void outputs.set(name, tf.keep(tf.clone(typeof value === 'number' ? tf.scalar(value) : value))),
        gradient: (of, value) => void gradients.set(of, tf.keep(tf.clone(value))),
      })
    })
    return { outputs, gradients }
  }

  dispose(): void {
    tf.dispose([...this.inputs.values()])
  }

  /**
   * The counter of an element is (step, sample, token + 2^16 token', head 2^24 + block), where a block is 8
   * neighbours along the last axis, 16 bits each. So a mask does not follow from how a batch is padded or split.
   */
  private dropoutMask(site: string, rate: number, axes: { readonly [axis: string]: number }): tf.Tensor {
    const names = Object.keys(axes)
    const shape = Object.values(axes)
    const last = names[names.length - 1]
    const alone = last === 'example' || last === 'position'
    const leading = alone ? names : names.slice(0, -1)
    const length = alone ? 1 : (shape[shape.length - 1] ?? 1)
    const [key0, key1] = philoxKey(this.seed, stage.name, site)
    const keep = 1 / (1 - rate)
    const threshold = Math.round(rate * 65536)
    const out = new Float32Array(shape.reduce((product, n) => product * n, 1))
    const { L } = this.size
    for (let row = 0, to = 0; to < out.length; row++) {
      let [rest, sample, tokens, upper, lane] = [row, 0, 0, 0, 0]
      for (let k = leading.length - 1; k >= 0; k--) {
        const size = shape[k] ?? 1
        const index = rest % size
        rest = (rest - index) / size
        const axis = leading[k]
        if (axis === 'example') sample = this.samples[index] ?? 0
        else if (axis === 'position') {
          const at = this.places[index] ?? 0
          const place = at < 0 ? -1 - at : at
          sample = this.samples[Math.floor(place / L)] ?? 0
          if (!alone) tokens += place % L
          else {
            lane = (place % L) & 7
            upper |= (place % L) >> 3
          }
        } else if (axis === 'token') tokens += index
        else if (axis === "token'") tokens += index * 65536
        else upper |= index << 24
      }
      for (let block = 0; block * 8 < length; block++) {
        const words = philox([this.step, sample, tokens, upper | block], key0, key1)
        const end = Math.min(length - block * 8, 8)
        for (let i = lane; i < lane + end; i++) {
          const bits = ((words[i >> 1] ?? 0) >>> ((i & 1) << 4)) & 0xffff
          out[to++] = bits < threshold ? 0 : keep
        }
      }
    }
    return tf.tensor(out, shape)
  }
}

/** What a batch calls an input. */
const fieldOf = (input: string): string => input.replace(/^batch\./, '')

/** Inputs that are one list. */
const ofOneAxis = /^(positions\.\w+|places|sample)$/

function found<T>(all: ReadonlyMap<string, T>, name: string, what: string): T {
  const value = all.get(name)
  if (value === undefined) throw new Error(`there is no ${what} ${name}`)
  return value
}

/** Positions that count, up to a multiple of 16; what fills them up stands for the first: -1 - place. */
function positionsOf(attended: readonly number[], mask: readonly number[], L: number, withFirst: boolean): number[] {
  const live: number[] = []
  for (let i = 0; i < attended.length; i++)
    if ((attended[i] && mask[i]) || (withFirst && i % L === 0)) live.push(i)
  const count = Math.max(1, Math.ceil(live.length / 16)) * 16
  return [...live, ...new Array<number>(count - live.length).fill(-1 - (live[0] ?? 0))]
}

/** Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011): four random words of a counter and a key. */
function philox(counter: readonly [number, number, number, number], key0: number, key1: number): Uint32Array {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = [key0, key1]
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = [upperWord(0xd2511f53, c0), Math.imul(0xd2511f53, c0)]
    const [high1, low1] = [upperWord(0xcd9e8d57, c2), Math.imul(0xcd9e8d57, c2)]
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  return Uint32Array.of(c0, c1, c2, c3)
}

/** Upper 32 bits of the 64-bit product of two 32-bit words. */
function upperWord(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0
}

/** A key of 64 bits from what random numbers are for. */
function philoxKey(...parts: readonly (string | number)[]): [number, number] {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (const text of parts.map((part) => `${part}\u0000`)) {
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x9e3779b1)
      b = Math.imul(b ^ text.charCodeAt(i), 0x5f356495)
    }
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return [a >>> 0, b >>> 0]
}
// #endregion

export type { Change, State, WeightRow }
export { models, squares }
