/**
 * The common reduction of losses as graph nodes: the sum over live positions, divided by the number of live
 * (example, AXES) tuples of `per (AXES)`. Divisors depend on masks only, and a batch may run in micro-batches
 * of different lengths. So divisors are not computed in the step: each becomes a scalar input
 * `normaliser[k]`, and a second small graph counts it (`count[k]`).
 */
import type { Live, Term, TermOperation } from '../check/tensor-term.ts'
import type { Axis, GraphBuilder, Node, Size } from '../graph/graph.ts'
import { isPosition, liveCount, liveMask, zeroDead } from './live.ts'

type Reduction = Extract<TermOperation, { op: 'reduction' }>

interface Factor {
  readonly axis: Axis
  readonly size: Size
  readonly live?: Live
}

/**
 * The count of one normaliser. Primitives with the same divisor share it if they belong to one term, or if
 * terms are not measured.
 */
interface Normaliser {
  readonly key: string
  readonly owner: string | undefined
  readonly factors: readonly Factor[]
  readonly withinExample: boolean
}

export class Normalisers {
  private readonly list: Normaliser[] = []
  private readonly owners: ReadonlyMap<Term, string>

  /** `owners`: the loss term of each primitive, if each term needs normalisers of its own. */
  constructor(owners: ReadonlyMap<Term, string> = new Map()) {
    this.owners = owners
  }

  get size(): number {
    return this.list.length
  }

  index(primitive: Term, factors: readonly Factor[], withinExample: boolean): number {
    const owner = this.owners.get(primitive)
    const key = JSON.stringify([factors, withinExample])
    const found = this.list.findIndex((n) => n.key === key && n.owner === owner)
    if (found >= 0) return found
    this.list.push({ key, owner, factors, withinExample })
    return this.list.length - 1
  }

  /** Indices by the loss term that they belong to. */
  byOwner(): ReadonlyMap<string, ReadonlySet<number>> {
    const indices = new Map<string, Set<number>>()
    this.list.forEach(({ owner }, k) => {
      if (owner !== undefined) indices.set(owner, (indices.get(owner) ?? new Set()).add(k))
    })
    return indices
  }

  /** Outputs `count[k]`: live tuples, or (within example) the examples that have any. */
  count(builder: GraphBuilder): ReadonlyMap<string, Node> {
    const outputs = new Map<string, Node>()
    this.list.forEach(({ factors, withinExample }, k) => {
      const tuples = tuplesPerExample(builder, factors)
      const counted = withinExample
        ? builder.add('cast', [builder.add('greater', [tuples, builder.constant(0)])], { dtype: 'f32' })
        : tuples
      outputs.set(`count[${k}]`, builder.add('sum', [perExample(builder, counted)], { axes: ['example'] }))
    })
    return outputs
  }
}

function tuplesPerExample(builder: GraphBuilder, factors: readonly Factor[]): Node {
  const counts = factors.map(({ axis, size, live }) => liveCount(builder, live, axis, size))
  return counts.reduce((a, b) => builder.add('multiply', [a, b]), builder.constant(1))
}

function perExample(builder: GraphBuilder, x: Node): Node {
  const has = x.type.dimensions.some((d) => d.axis === 'example')
  return has ? x : builder.add('broadcast', [x], { dimensions: [{ axis: 'example', size: 'B' }] })
}

/** The scalar of a loss primitive, given its elementwise form. */
export function lowerReduction(
  builder: GraphBuilder,
  normalisers: Normalisers,
  operation: Reduction,
  term: Term,
  form: Node,
): Node {
  const source = term.span
  const liveOf = (axis: Axis): Live | undefined =>
    axis === 'token' ? operation.live : axis === "token'" ? operation.livePrimed : undefined
  const masks = form.type.dimensions
    .map(({ axis }) => liveMask(builder, liveOf(axis), axis))
    .filter((mask) => mask !== undefined)
  const [first, ...others] = masks
  const mask = first && others.reduce((a, b) => builder.add('and', [a, b]), first)
  const live = zeroDead(builder, form, mask)

  const sizes = new Map<Axis, Size>(form.type.dimensions.map(({ axis, size }) => [axis, size]))
  if (operation.over) sizes.set(operation.over.axis, operation.over.size)
  const factors = operation.per.map((axis): Factor => {
    const factorLive = isPosition(axis) ? liveOf(axis) : undefined
    const size = sizes.get(axis) ?? 1
    return factorLive === undefined || factorLive === 'any'
      ? { axis, size }
      : { axis, size, live: factorLive }
  })
  const index = normalisers.index(term, factors, operation.withinExample)
  const normaliser = builder.input(`normaliser[${index}]`, { dtype: 'f32', dimensions: [] })

  const axes = form.type.dimensions.map((d) => d.axis)
  if (!operation.withinExample) {
    return builder.add('multiply', [builder.add('sum', [live], { axes }, source), normaliser], {}, source)
  }
  const inside = builder.add('sum', [live], { axes: axes.filter((axis) => axis !== 'example') }, source)
  const tuples = tuplesPerExample(builder, factors)
  const some = builder.add('greater', [tuples, builder.constant(0)])
  const share = builder.add('divide', [inside, builder.add('maximum', [tuples, builder.constant(1)])])
  const mean = builder.add('select', [some, share, builder.constant(0)])
  const sum = builder.add('sum', [perExample(builder, mean)], { axes: ['example'] })
  return builder.add('multiply', [sum, normaliser], {}, source)
}
