/**
 * %1 = gelu %0                         %1 = gelu %0
 * ...                                  ...
 * %g = ...                             %g = ...
 * %d = contract %g, %1            ==>  %2 = again %0, %g
 *                                      %3 = gelu %2
 *                                      %d = contract %g, %3
 *
 * A value of the forward pass that the backward pass reads is not kept until then: it is recomputed from what
 * is kept, once the cotangent has arrived where it is needed (T. Chen et al. 2016, "Training Deep Nets with
 * Sublinear Memory Cost"). Only under a limit on memory (`--memory`), and only as much as it takes: kinds of
 * value (one of each layer, all over the layers) one after the other, the least work for a byte first, each
 * kept only where the peak of the plan falls. Masks of dropout follow from counters, and the ops are the
 * same: all results are equal to the last bit.
 */
import { graphFlops } from '../../graph/cost.ts'
import type { Graph } from '../../graph/graph.ts'
import { bytesText } from '../../plan/print.ts'
import { counted } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { type Keepable, type Kind, Recomputation } from '../recomputation.ts'

/** Of the peak: kinds that take less are not worth a trial. */
const smallShare = 1 / 1000

/** Kinds that did not help are tried once more after others have helped, which may have kept them alive. */
const sweeps = 2

export const recompute: Pass = {
  name: 'recompute',
  phase: 'step',
  summary: 'under a memory limit: activations are recomputed in the backward pass instead of kept',
  run: (graph, context) => {
    const { valuesLimit: limit } = context
    // what has been recomputed so far is the limit
    if (limit === undefined || graph.nodes.some(({ op }) => op === 'again')) return graph
    const before = context.peakOf(graph)
    if (before <= limit) return graph
    const search = new Search(graph, context, limit, before)
    search.run()
    const { chosen, peak } = search
    if (chosen.size === 0) {
      context.note(`recomputing no value lowers the peak of ${bytesText(before)}`)
      return graph
    }
    const after = search.recomputation.apply(chosen, context.ops, context.moved)
    const [flops, more] = [graph, after].map((g) => graphFlops(g, context.sizes))
    const share = (100 * ((more ?? 0) - (flops ?? 0))) / (flops || 1)
    context.note(
      `${counted(chosen.size, 'value')} recomputed, ${share.toFixed(1)}% more work: ${bytesText(before)} of values became ${bytesText(peak)}`,
    )
    if (peak > limit)
      context.note(`the limit is not reached: it leaves ${bytesText(Math.max(0, limit))} for these values`)
    return after
  },
}

class Search {
  readonly recomputation: Recomputation
  chosen: ReadonlySet<Keepable> = new Set()
  peak: number
  private readonly context: PassContext
  private readonly limit: number

  constructor(graph: Graph, context: PassContext, limit: number, peak: number) {
    this.recomputation = new Recomputation(graph, context.sizes)
    this.context = context
    this.limit = limit
    this.peak = peak
  }

  run(): void {
    let open = this.recomputation.kinds.filter(({ bytes }) => bytes >= smallShare * this.peak)
    for (let sweep = 0; sweep < sweeps && this.peak > this.limit; sweep++) {
      const rejected: Kind[] = []
      while (open.length > 0 && this.peak > this.limit) {
        const kind = this.cheapest(open)
        open = open.filter((other) => other !== kind)
        if (!this.take(kind)) rejected.push(kind)
      }
      open = rejected
    }
  }

  /** The least additional work for each byte that is not kept. */
  private cheapest(kinds: readonly Kind[]): Kind {
    const base = this.recomputation.work(this.chosen)
    const price = (kind: Kind): number =>
      (this.recomputation.work([...this.chosen, ...kind.members]) - base) / kind.bytes
    const priced = kinds.map((kind) => ({ kind, price: price(kind) }))
    return priced.reduce((best, other) => (other.price < best.price ? other : best)).kind
  }

  /** Where the peak falls; of the kind that reaches the limit, no more than it takes. */
  private take({ members }: Kind): boolean {
    const before = this.chosen
    const trial = (count: number): { chosen: ReadonlySet<Keepable>; peak: number } => {
      const chosen = new Set([...before, ...members.slice(0, count)])
      return { chosen, peak: this.context.peakOf(this.recomputation.apply(chosen, this.context.ops)) }
    }
    let best = trial(members.length)
    if (best.peak >= this.peak) return false
    if (best.peak <= this.limit) {
      let [low, high] = [0, members.length]
      while (high - low > 1) {
        const middle = (low + high) >> 1
        const some = trial(middle)
        if (some.peak <= this.limit) {
          high = middle
          best = some
        } else low = middle
      }
    }
    this.chosen = best.chosen
    this.peak = best.peak
    return true
  }
}
