/** The passes over the graphs of one stage, phase by phase. */
import type { Stage } from '../check/program.ts'
import { differentiate } from '../differentiate/differentiate.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import type { BatchSizes } from '../graph/type.ts'
import type { Caching, FrozenPart, Pass, PassContext, Phase } from '../optimize/pass.ts'
import { optimize } from '../optimize/pipeline.ts'
import { standingMemory } from '../plan/memory.ts'
import { tokensAtOnce } from '../plan/micro-batches.ts'
import { scheduleStep } from '../plan/plan.ts'
import type { AppliedPass, StageOptions } from './stage-options.ts'

/** Runs passes phase by phase; names follow their nodes. */
export class Optimizer {
  readonly applied: AppliedPass[] = []
  names: ReadonlyMap<Node, string>
  /** Of what is computed at once. */
  sizes: BatchSizes
  private readonly trained: ReadonlySet<string>
  private readonly options: StageOptions
  private readonly caching: Caching | undefined
  private frozen: FrozenPart | undefined

  constructor(
    sizes: BatchSizes,
    trained: readonly string[],
    options: StageOptions,
    names: ReadonlyMap<Node, string>,
    caching?: Omit<Caching, 'hoist'>,
  ) {
    this.caching = caching && {
      ...caching,
      hoist: (frozen) => {
        this.frozen = frozen
      },
    }
    this.sizes = sizes
    this.trained = new Set(trained)
    this.options = options
    this.names = names
  }

  run(phase: Phase, graph: Graph, valuesLimit?: number): Graph {
    let before = graph
    let notes: string[] = []
    let begins = performance.now()
    return this.optimize(
      phase,
      graph,
      (text) => notes.push(text),
      ({ name }, result) => {
        const ends = performance.now()
        const changed = result !== before
        this.applied.push({ name, phase, changed, graph: result, notes, begins, ms: ends - begins })
        before = result
        begins = ends
        notes = []
      },
      valuesLimit,
    )
  }

  /** The gradients of one term alone. Its passes are not reported. */
  termStep(stage: Stage, { nodes, outputs, name: graph }: Graph, term: string): Graph {
    const output = `term ${term}`
    const node = outputs.get(output)
    if (node === undefined) throw new Error(`the stage has no ${output}`)
    const alone = { name: `${graph} ${output}`, nodes, outputs: new Map([[output, node]]) }
    const differentiated = differentiate(alone, output, stage.trained, ops)
    const limit = this.valuesLimit(stage, differentiated)
    const quietly = (phase: Phase, one: Graph): Graph => this.optimize(phase, one, () => {}, undefined, limit)
    return quietly('plan', quietly('step', differentiated))
  }

  /** The part that was cut off the forward graph, if any. Its passes are not reported. */
  frozenPart(): FrozenPart | undefined {
    const { frozen } = this
    return frozen && { ...frozen, graph: this.planned(this.optimize('step', frozen.graph, () => {})) }
  }

  tokensAtOnce(graphs: readonly Graph[], part: BatchSizes): number | undefined {
    return tokensAtOnce(graphs, part, (parameter) => this.trained.has(parameter))
  }

  /** Bytes that the limit leaves for values. */
  valuesLimit(stage: Stage, step: Graph): number | undefined {
    const { memory } = this.options
    if (memory === undefined) return undefined
    const { weights, optimizer } = standingMemory(stage, this.planned(step), this.sizes, this.frozen?.graph)
    return memory - weights - optimizer
  }

  private planned(graph: Graph): Graph {
    return this.optimize('plan', graph, () => {})
  }

  private optimize(
    phase: Phase,
    graph: Graph,
    note: (text: string) => void,
    ran?: (pass: Pass, result: Graph) => void,
    valuesLimit?: number,
  ): Graph {
    const { passes = { disabled: new Set<string>() }, capabilities = new Set<string>() } = this.options
    if (passes === 'none') return graph
    const names = new Map(this.names)
    const context: PassContext = {
      ops,
      sizes: this.sizes,
      frozen: (parameter: string) => !this.trained.has(parameter),
      capabilities,
      ...(this.caching ? { caching: this.caching } : {}),
      peakOf: (step) => scheduleStep(this.planned(step), this.sizes).peak,
      ...(valuesLimit === undefined ? {} : { valuesLimit }),
      note,
      moved: (from: Node, to: Node) => {
        const name = names.get(from)
        if (name !== undefined && !names.has(to)) names.set(to, name)
      },
    }
    const after = optimize(graph, phase, context, passes.disabled, ran, this.options.pipeline)
    this.names = names
    return after
  }
}
