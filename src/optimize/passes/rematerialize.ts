/**
 * %1 = gelu %0                         %1 = gelu %0
 * ...                                  ...
 * %g = ...                             %g = ...
 * %d = contract %g, %1            ==>  %2 = again %0, %g
 * %e = gelu_gradient %0, %h            %3 = gelu %2
 *                                      %d = contract %g, %3
 *                                      %e = gelu_gradient %0, %h
 *
 * A value of the forward pass that is one pass over values which the backward pass reads as well need not be
 * kept: it is rebuilt where it is first read there. Unlike `recompute`, which goes as far as a limit asks
 * for, this is always done, and only where it is nearly for nothing: the value is cheap, all that it is made
 * of is there anyway, and the peak of the plan falls by far more than the work rises. Ops and inputs are the
 * same: results are equal to the last bit.
 */
import { graphFlops } from '../../graph/cost.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { elementCount } from '../../graph/type.ts'
import { bytesText } from '../../plan/print.ts'
import { counted } from '../census.ts'
import type { Pass, PassContext } from '../pass.ts'
import { type Keepable, type Kind, Recomputation } from '../recomputation.ts'

/**
 * One pass over memory each: an element costs a load or two and a store, and arithmetic that hides behind
 * them.
 */
const cheap: ReadonlySet<string> = new Set([
  'add',
  'divide',
  'dropout',
  'gather_positions',
  'gelu',
  'gelu_tanh',
  'layer_norm',
  'maximum',
  'minimum',
  'multiply',
  'negate',
  'relu',
  'select',
  'square',
  'subtract',
])

/**
 * What an element of such a pass costs, in operations of a product: 12 bytes moved at 75 GB/s, beside 500
 * GFLOP/s.
 */
const elementWork = 80

/** What is worth it. */
interface Worth {
  /** The share by which the peak has to fall for each share of work that is added. */
  readonly rate: number
  /** Bytes of a value: one operation more costs more than smaller ones are worth. */
  readonly least: number
}

/** Kinds that did not help are tried again after others have. */
const sweeps = 2

export const rematerialize: Pass = rematerializing({ rate: 10, least: 2 ** 20 })

/** The pass by another rule; with zeros it takes whatever lowers the peak. */
export function rematerializing(worth: Worth): Pass {
  return {
    name: 'rematerialize',
    phase: 'step',
    summary: 'cheap activations are recomputed in the backward pass from values that are kept anyway',
    run: (graph, context) => {
      // what has been rebuilt is as far as it goes
      if (graph.nodes.some(({ op }) => op === 'again')) return graph
      const search = new Search(graph, context, worth)
      const before = search.peak
      search.run()
      const { chosen, peak, recomputation } = search
      if (chosen.size === 0) return graph
      const [from, to] = [before, peak].map(bytesText)
      context.note(`${counted(chosen.size, 'value')} recomputed in the backward pass: ${from} became ${to}`)
      return recomputation.apply(chosen, context.ops, context.moved)
    },
  }
}

class Search {
  readonly recomputation: Recomputation
  chosen: ReadonlySet<Keepable> = new Set()
  peak: number
  private readonly context: PassContext
  private readonly worth: Worth
  private readonly flops: number

  constructor(graph: Graph, context: PassContext, worth: Worth) {
    this.recomputation = new Recomputation(graph, context.sizes)
    this.context = context
    this.worth = worth
    this.peak = context.peakOf(graph)
    this.flops = graphFlops(graph, context.sizes)
  }

  run(): void {
    // no kind can take more off the peak than its values are large
    let open = this.recomputation.kinds.filter(
      (kind) => this.isCheap(kind) && this.isWorth(kind, kind.bytes / this.peak),
    )
    for (let sweep = 0; sweep < sweeps; sweep++) open = open.filter((kind) => !this.take(kind))
  }

  private isCheap({ members }: Kind): boolean {
    return members.every(
      ({ nodes: [root], bytes }) => root !== undefined && cheap.has(root.op) && bytes >= this.worth.least,
    )
  }

  /** Whether that share of the peak is worth making the values again. */
  private isWorth({ members }: Kind, share: number): boolean {
    const elements = members.reduce((sum, { nodes: [root] }) => sum + this.elements(root), 0)
    return share > (this.worth.rate * elementWork * elements) / this.flops
  }

  private elements(node: Node | undefined): number {
    return node === undefined ? 0 : elementCount(node.type, this.context.sizes)
  }

  private take(kind: Kind): boolean {
    const { recomputation, context, peak } = this
    const { members } = kind
    const chosen = new Set([...this.chosen, ...members])
    if (!members.every((value) => recomputation.isDirect(value, chosen))) return false
    const lower = context.peakOf(recomputation.apply(chosen, context.ops))
    if (!this.isWorth(kind, (peak - lower) / peak)) return false
    this.chosen = chosen
    this.peak = lower
    return true
  }
}
