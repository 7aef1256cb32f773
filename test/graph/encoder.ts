/** A hand-made BERT encoder and a distillation step of published size over it, with the real ops: what lowering gives, without a spec. */
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import type { Axis, Graph, Node, Size } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { tensorType } from '../../src/graph/type.ts'

export interface EncoderSizes {
  readonly layers: number
  readonly units: number
  readonly inner: number
  readonly heads: number
  readonly vocabulary: number
  readonly dropout: number
}

class EncoderWriter {
  private readonly builder: Builder
  private readonly owner: string
  private readonly sizes: EncoderSizes
  readonly trained: string[] = []

  constructor(builder: Builder, owner: string, sizes: EncoderSizes) {
    this.builder = builder
    this.owner = owner
    this.sizes = sizes
  }

  /** States 0..layers, and scores 1..layers (at m - 1). */
  encode(tokens: Node, attended: Node): { states: Node[]; scores: Node[] } {
    const { builder, sizes } = this
    const word = builder.add(
      'lookup',
      [tokens, this.matrix('embedding.word.weight', sizes.vocabulary, sizes.units)],
      {
        padding: null,
      },
    )
    let state = this.dropout(this.norm(word, 'embedding.norm'), 'embedding.dropout')
    const states = [state]
    const scores: Node[] = []
    for (let m = 1; m <= sizes.layers; m++) {
      const layer = `layer[${m}]`
      const [q, k, v] = ['query', 'key', 'value'].map((part) =>
        builder.add('split', [this.linear(state, `${layer}.attention.${part}`, sizes.units, sizes.units)], {
          heads: sizes.heads,
        }),
      )
      if (q === undefined || k === undefined || v === undefined) throw new Error('unreachable')
      const primed = (x: Node): Node => builder.add('rename', [x], { from: 'token', to: "token'" })
      const product = builder.add('contract', [q, primed(k)], {
        left: ['example', 'head', 'token', 'unit'],
        right: ['example', 'head', "token'", 'unit'],
        sum: ['unit'],
      })
      const score = builder.add('divide', [product, builder.constant(Math.sqrt(sizes.units / sizes.heads))])
      scores.push(score)
      const weights = builder.add('softmax', [score, primed(attended)], { axis: "token'" })
      const mixed = builder.add(
        'contract',
        [this.dropout(weights, `${layer}.attention.dropout`), primed(v)],
        {
          left: ['example', 'head', 'token', "token'"],
          right: ['example', 'head', "token'", 'unit'],
          sum: ["token'"],
        },
      )
      const out = this.linear(
        builder.add('join', [mixed]),
        `${layer}.attention.output`,
        sizes.units,
        sizes.units,
      )
      const middle = this.norm(
        builder.add('add', [state, this.dropout(out, `${layer}.attention.output.dropout`)]),
        `${layer}.attention.norm`,
      )
      const up = builder.add('gelu', [this.linear(middle, `${layer}.ffn.up`, sizes.units, sizes.inner)])
      const down = this.dropout(
        this.linear(up, `${layer}.ffn.down`, sizes.inner, sizes.units),
        `${layer}.ffn.dropout`,
      )
      state = this.norm(builder.add('add', [middle, down]), `${layer}.ffn.norm`)
      states.push(state)
    }
    return { states, scores }
  }

  linear(x: Node, name: string, from: number, to: number): Node {
    return this.builder.add(
      'linear',
      [x, this.matrix(`${name}.weight`, to, from), this.row(`${name}.bias`, to)],
      {
        out: 'unit',
      },
    )
  }

  private norm(x: Node, name: string): Node {
    const { units } = this.sizes
    return this.builder.add(
      'layer_norm',
      [x, this.row(`${name}.weight`, units), this.row(`${name}.bias`, units)],
      {
        epsilon: 1e-12,
      },
    )
  }

  private dropout(x: Node, site: string): Node {
    const { builder, owner, sizes } = this
    if (sizes.dropout === 0) return x
    const sample = builder.input('sample', tensorType('i32', [{ axis: 'example', size: 'B' }]))
    const dimensions = x.type.dimensions.map(({ axis, size }) => ({ axis, size }))
    const mask = builder.add('dropout_mask', [sample], {
      rate: sizes.dropout,
      site: `${owner}.${site}`,
      dimensions,
    })
    return builder.add('multiply', [x, mask])
  }

  private matrix(name: string, row: number, column: number): Node {
    return this.parameter(name, [
      { axis: 'row', size: row },
      { axis: 'column', size: column },
    ])
  }

  private row(name: string, size: number): Node {
    return this.parameter(name, [{ axis: 'row', size }])
  }

  private parameter(name: string, dimensions: { axis: Axis; size: Size }[]): Node {
    const full = `${this.owner}.${name}`
    if (!this.trained.includes(full)) this.trained.push(full)
    return this.builder.parameter(full, tensorType('f32', dimensions))
  }
}

/** TinyBERT's intermediate stage: hidden states through a projection, and attention scores, of a student that maps layer m to `map[m]`. */
export function distillationStep(
  teacher: EncoderSizes,
  student: EncoderSizes,
  map: readonly number[],
): Graph {
  const builder = new Builder(ops)
  const batch = [
    { axis: 'example', size: 'B' },
    { axis: 'token', size: 'L' },
  ] as const
  const tokens = builder.input('tokens', tensorType('i32', batch))
  const attended = builder.input('attended', tensorType('bool', batch))
  const T = new EncoderWriter(builder, 'T', teacher)
  const S = new EncoderWriter(builder, 'S', student)
  const W = new EncoderWriter(builder, 'W', student)
  const t = T.encode(tokens, attended)
  const s = S.encode(tokens, attended)
  const outputs = new Map<string, Node>()
  const meanSquare = (a: Node, b: Node): Node => {
    const difference = builder.add('subtract', [a, b])
    const axes = difference.type.dimensions.map((d) => d.axis)
    const sum = builder.add('sum', [builder.add('square', [difference])], { axes })
    return builder.add('multiply', [sum, builder.input('normaliser[0]', tensorType('f32'))])
  }
  const add = (a: Node | undefined, b: Node): Node => (a === undefined ? b : builder.add('add', [a, b]))
  let hidn: Node | undefined
  for (const [m, layer] of map.entries()) {
    const [a, b] = [s.states[m], t.states[layer]]
    if (a === undefined || b === undefined) throw new Error('no such state')
    hidn = add(hidn, meanSquare(W.linear(a, 'projection', student.units, teacher.units), b))
  }
  let attn: Node | undefined
  for (const [m, layer] of map.entries()) {
    if (m === 0) continue
    const [a, b] = [s.scores[m - 1], t.scores[layer - 1]]
    if (a === undefined || b === undefined) throw new Error('no such scores')
    attn = add(attn, meanSquare(a, b))
  }
  if (hidn === undefined || attn === undefined) throw new Error('no layers')
  outputs.set('term hidn', hidn)
  outputs.set('term attn', attn)
  outputs.set('total', builder.add('add', [hidn, attn]))
  const forward = builder.finish('intermediate', outputs)
  return differentiate(forward, 'total', [...S.trained, ...W.trained], ops)
}

export const bertBase: EncoderSizes = {
  layers: 12,
  units: 768,
  inner: 3072,
  heads: 12,
  vocabulary: 30522,
  dropout: 0,
}
export const tinyBert: EncoderSizes = {
  layers: 4,
  units: 312,
  inner: 1200,
  heads: 12,
  vocabulary: 30522,
  dropout: 0.1,
}
