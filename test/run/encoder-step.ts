/** A classifier step: a small BERT with dropout, mean pooling over live tokens, cross entropy; forward and gradient. Also what the benchmark measures. */
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Axis, Graph, Node, Size } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { dimensionsAttribute, tensorType } from '../../src/graph/type.ts'
import type { HostTensor, RunRequest, StoredParameter } from '../../src/run/runner.ts'

/** Of a classifier that takes no time, whatever runs it. */
export const smallClassifier: ClassifierSizes = {
  vocabulary: 40,
  hidden: 24,
  layers: 2,
  heads: 3,
  inner: 50,
  classes: 5,
  positions: 12,
  dropout: 0.1,
}

export interface ClassifierSizes {
  readonly vocabulary: number
  readonly hidden: number
  readonly layers: number
  readonly heads: number
  readonly inner: number
  readonly classes: number
  readonly positions: number
  readonly dropout: number
}

export interface ClassifierStep {
  readonly graph: Graph
  /** Shape of each parameter, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
}

/** The graph of loss and gradients for all parameters. */
export function classifierStep(sizes: ClassifierSizes): ClassifierStep {
  const b = new Builder(ops)
  const shapes = new Map<string, readonly number[]>()
  const parameter = (name: string, ...dimensions: (readonly [Axis, number])[]): Node => {
    shapes.set(
      name,
      dimensions.map(([, size]) => size),
    )
    return b.parameter(
      name,
      tensorType(
        'f32',
        dimensions.map(([axis, size]) => ({ axis, size })),
      ),
    )
  }
  const input = (
    name: string,
    dtype: 'f32' | 'i32' | 'bool',
    ...dimensions: (readonly [Axis, Size])[]
  ): Node =>
    b.input(
      name,
      tensorType(
        dtype,
        dimensions.map(([axis, size]) => ({ axis, size })),
      ),
    )
  const linear = (x: Node, name: string, from: number, to: number, out: 'unit' | 'class' = 'unit'): Node =>
    b.add(
      'linear',
      [x, parameter(`${name}.weight`, ['row', to], ['column', from]), parameter(`${name}.bias`, ['row', to])],
      { out },
    )
  const norm = (x: Node, name: string): Node =>
    b.add(
      'layer_norm',
      [
        x,
        parameter(`${name}.scale`, ['row', sizes.hidden]),
        parameter(`${name}.bias`, ['row', sizes.hidden]),
      ],
      {
        epsilon: 1e-12,
      },
    )
  const samples = input('samples', 'i32', ['example', 'B'])
  const drop = (x: Node, site: string): Node => {
    if (sizes.dropout === 0) return x
    const dimensions = dimensionsAttribute(x.type.dimensions)
    return b.add('multiply', [x, b.add('dropout_mask', [samples], { rate: sizes.dropout, site, dimensions })])
  }
  const tokens = input('tokens', 'i32', ['example', 'B'], ['token', 'L'])
  const positions = input('positions', 'i32', ['token', 'L'])
  const attended = input('attended', 'bool', ['example', 'B'], ['token', 'L'])
  const primed = (x: Node): Node => b.add('rename', [x], { from: 'token', to: "token'" })

  const word = b.add(
    'lookup',
    [tokens, parameter('word', ['row', sizes.vocabulary], ['column', sizes.hidden])],
    { padding: null },
  )
  const place = b.add(
    'lookup',
    [positions, parameter('position', ['row', sizes.positions], ['column', sizes.hidden])],
    { padding: null },
  )
  let x = drop(norm(b.add('add', [word, place]), 'embedding.norm'), 'embedding')
  for (let m = 1; m <= sizes.layers; m++) {
    const layer = `layer[${m}]`
    const part = (name: string): Node =>
      b.add('split', [linear(x, `${layer}.${name}`, sizes.hidden, sizes.hidden)], { heads: sizes.heads })
    const scores = b.add('contract', [part('query'), primed(part('key'))], {
      left: ['example', 'head', 'token', 'unit'],
      right: ['example', 'head', "token'", 'unit'],
      sum: ['unit'],
    })
    const scaled = b.add('multiply', [scores, b.constant(1 / Math.sqrt(sizes.hidden / sizes.heads))])
    const shares = drop(b.add('softmax', [scaled, primed(attended)], { axis: "token'" }), `${layer}.shares`)
    const mixed = b.add('contract', [shares, primed(part('value'))], {
      left: ['example', 'head', 'token', "token'"],
      right: ['example', 'head', "token'", 'unit'],
      sum: ["token'"],
    })
    const out = drop(
      linear(b.add('join', [mixed]), `${layer}.output`, sizes.hidden, sizes.hidden),
      `${layer}.output`,
    )
    const middle = norm(b.add('add', [x, out]), `${layer}.norm`)
    const up = b.add('gelu', [linear(middle, `${layer}.up`, sizes.hidden, sizes.inner)])
    const down = drop(linear(up, `${layer}.down`, sizes.inner, sizes.hidden), `${layer}.down`)
    x = norm(b.add('add', [middle, down]), `${layer}.final`)
  }
  const live = b.add('cast', [attended], { dtype: 'f32' })
  const total = b.add('sum', [b.add('multiply', [x, live])], { axes: ['token'] })
  const pooled = b.add('divide', [total, b.add('sum', [live], { axes: ['token'] })])
  const logits = linear(drop(pooled, 'pooled'), 'classifier', sizes.hidden, sizes.classes, 'class')
  const rows = b.add('cross_entropy_labels', [logits, input('labels', 'i32', ['example', 'B'])], {
    axis: 'class',
  })
  const loss = b.add('multiply', [b.add('sum', [rows], { axes: ['example'] }), input('share', 'f32')])
  const forward = b.finish('classifier step', new Map([['total', loss]]))
  const graph = differentiate(forward, 'total', [...shapes.keys()], ops)
  // as a stage's step is by default: results are written over inputs that die
  return { graph: { ...graph, donates: true }, shapes }
}

/** Repeatable numbers in -0.5 .. 0.5. */
function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296 - 0.5
  }
}

export function classifierParameters(step: ClassifierStep, seed = 1): Map<string, StoredParameter> {
  const next = numbers(seed)
  return new Map(
    [...step.shapes].map(([name, shape]) => {
      const size = shape.reduce((product, n) => product * n, 1)
      const around = name.endsWith('scale') ? 1 : 0
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, () => around + 0.2 * next()), version: 0 },
      ]
    }),
  )
}

/** A batch in which every second example is padded. */
export function classifierRequest(
  sizes: ClassifierSizes,
  parameters: ReadonlyMap<string, StoredParameter>,
  batch: { readonly B: number; readonly L: number },
  step = 0,
): RunRequest {
  const { B, L } = batch
  const next = numbers(1000 + step)
  const i32 = (shape: number[], value: (i: number) => number): HostTensor => ({
    dtype: 'i32',
    shape,
    data: Int32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => value(i)),
  })
  const below = (n: number): number => Math.min(n - 1, Math.floor((next() + 0.5) * n))
  const inputs = new Map<string, HostTensor>([
    ['samples', i32([B], (i) => 100 * step + i)],
    ['tokens', i32([B, L], () => below(sizes.vocabulary))],
    ['positions', i32([L], (i) => i)],
    [
      'attended',
      {
        dtype: 'bool',
        shape: [B, L],
        data: Uint8Array.from({ length: B * L }, (_, i) =>
          Math.floor(i / L) % 2 === 0 || i % L < L - 2 ? 1 : 0,
        ),
      },
    ],
    ['labels', i32([B], () => below(sizes.classes))],
    ['share', { dtype: 'f32', shape: [], data: Float32Array.of(1 / B) }],
  ])
  return {
    sizes: batch,
    inputs,
    random: { seed: 3, stage: 'step', step },
    parameter: (name) => {
      const found = parameters.get(name)
      if (found === undefined) throw new Error(`no parameter ${name}`)
      return found
    },
  }
}

/** The parameters after one step of plain gradient descent, each with a new version. */
export function descend(
  parameters: ReadonlyMap<string, StoredParameter>,
  outputs: ReadonlyMap<string, HostTensor>,
  rate: number,
): Map<string, StoredParameter> {
  return new Map(
    [...parameters].map(([name, { shape, data, version }]) => {
      const gradient = outputs.get(`gradient ${name}`)
      return [
        name,
        { shape, version: version + 1, data: data.map((x, i) => x - rate * Number(gradient?.data[i] ?? 0)) },
      ]
    }),
  )
}
