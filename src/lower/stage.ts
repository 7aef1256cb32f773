/**
 * The graphs of one stage: the training step (losses and gradients), the counts behind its normalisers, and
 * the tensors that an evaluation reads. Compiling allocates no weights, so a spec of published size compiles
 * on any machine.
 */

import { type AutomaticPrecision, precisionOfOwner } from '../check/model-precision.ts'
import type { DataSpec, LossTerm, ModelInstance, Program, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { differentiate } from '../differentiate/differentiate.ts'
import { Builder } from '../graph/build.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { positionSymbols, positionsInput } from '../graph/positions.ts'
import type { LowPrecision } from '../graph/precision.ts'
import type { BatchSizes } from '../graph/type.ts'
import { unreadOutput } from '../graph/unread.ts'
import { readsPadding } from '../optimize/padded-length.ts'
import {
  type Caching,
  cachedParts,
  type FrozenPart,
  type Pass,
  type PassContext,
  type Phase,
} from '../optimize/pass.ts'
import { optimize } from '../optimize/pipeline.ts'
import { type Rule, rewrite } from '../optimize/rewrite.ts'
import { standingMemory } from '../plan/memory.ts'
import { cachedTokens, tokensAtOnce } from '../plan/micro-batches.ts'
import { scheduleStep } from '../plan/plan.ts'
import { liveMask, zeroDead } from './live.ts'
import { Normalisers } from './reduction.ts'
import { stageSizes, usualLength } from './stage-sizes.ts'
import { TermLowering } from './term.ts'
import { termOfPrimitives } from './term-primitives.ts'
import { unreadEnds } from './unread.ts'

export interface StageGraphs {
  /**
   * Inputs: the batch's (dataset.ts), `sample` i32[B] if there is dropout, `normaliser[k]` f32 scalars, and
   * `progress`, `step`, `epoch` f32 scalars if the losses read them. Outputs: `term NAME` (unweighted),
   * `total`, `gradient KEY` for each of `stage.trained`. The sums of these outputs over micro-batches are
   * those of the complete batch.
   */
  readonly step: Graph
  /** The same without the gradients. */
  readonly forward: Graph
  /** `forward` before all passes, as the spec is written. */
  readonly written: Graph
  /**
   * Reads batch inputs only; outputs `count[k]`: what normaliser k counts in one micro-batch. normaliser[k] =
   * 1 / (sum over the batch), 0 where that is 0.
   */
  readonly counts: Graph
  readonly normalisers: number
  /**
   * Whether losses or counts depend on the padded length of a batch. Then its parts must be padded as the
   * complete batch is.
   */
  readonly readsPadding: boolean
  /**
   * The values that are computed once for each example, which the step reads as inputs `hoisted[k]`; only
   * with `StageOptions.hoist`.
   */
  readonly frozen?: FrozenPart
  /**
   * How a batch is split beyond the spec's micro-batches, if backend and stage allow it; only for a run over
   * data (`StageOptions.hoist`).
   */
  readonly tokensAtOnce?: TokensAtOnce
  /**
   * For each term, the normalisers that only it has. With all others at 0, the step computes the gradients of
   * this term with its weight. Only with `StageOptions.termGradients`, for a stage with several terms that
   * minimizes a weighted sum of them.
   */
  readonly termNormalisers?: ReadonlyMap<string, ReadonlySet<number>>
  /**
   * Graphs with the gradients of one term alone, for terms whose gradients the step cannot compute:
   * `term NAME` unweighted, and `gradient KEY` if it has one. Inputs as the step's. Only with
   * `StageOptions.termGradients`, if `termNormalisers` is not possible.
   */
  readonly termSteps?: ReadonlyMap<string, Graph>
  /** Binding paths of nodes (`S.layer[3].attention.scores`), for messages. */
  readonly names: ReadonlyMap<Node, string>
  /** What each pass did, in order. */
  readonly applied: readonly AppliedPass[]
}

/** How many tokens are best computed at once (plan/micro-batches.ts); undefined: all of a batch. */
export interface TokensAtOnce {
  /** By the step. */
  readonly step?: number | undefined
  /** By the step and the frozen part before it, in every step. */
  readonly withFrozen?: number | undefined
}

/**
 * One pass and the graph after it: a forward graph, or (phases step and plan) one with gradients; the one
 * before it where nothing changed.
 */
export interface AppliedPass {
  readonly name: string
  readonly phase: Phase
  readonly changed: boolean
  readonly graph: Graph
  readonly notes: readonly string[]
}

/** Which passes are left out. */
export type Passes = { readonly disabled: ReadonlySet<string> } | 'none'

export interface StageOptions {
  /** `distill step` compares with other frameworks: no dropout anywhere. */
  readonly dropout?: boolean
  /** Default: all. `none`: the graphs as the spec is written. */
  readonly passes?: Passes
  /** The passes and their order; default: those of the compiler. */
  readonly pipeline?: readonly Pass[]
  /** Bytes that training may take, weights and optimizer included; default: without a limit. */
  readonly memory?: number | undefined
  /** Fused ops that the backend has; default: none. */
  readonly capabilities?: ReadonlySet<string>
  /**
   * Models as they are written, with what no loss reads (unread.ts), for a pass to drop. Default: what losses
   * read.
   */
  readonly keepUnread?: boolean
  /** What models with `precision = auto` are computed in; default: float32. */
  readonly automatic?: AutomaticPrecision | undefined
  /**
   * Whether the gradients of each term are needed: from the step itself if possible, or `always`, with a
   * graph for each term otherwise. Default: not.
   */
  readonly termGradients?: 'from step' | 'always' | undefined
  /**
   * For a run over data: values of frozen models may be computed once for each example, and a batch in parts.
   * Default: the step computes everything.
   */
  readonly hoist?: boolean
}

/** Lowers, optimizes and differentiates what a stage minimizes. */
export function compileStage(program: Program, stage: Stage, options: StageOptions = {}): StageGraphs {
  const builder = new Builder(ops)
  const owners = options.termGradients ? termOfPrimitives(stage) : undefined
  const normalisers = new Normalisers(owners)
  const training = options.dropout === false ? new Set<string>() : stage.training
  const precision = precisionOfOwner(program, stage, options.automatic)
  const lowering = new TermLowering(builder, { training, normalisers, precision })
  const ends = options.keepUnread ? unreadEnds(program, stage) : new Map<string, Term>()
  const roots = [...stage.terms.map((t) => t.term), stage.minimize]
  const nodes = lowering.lower([...roots, ...ends.values()])

  const outputs = new Map<string, Node>()
  stage.terms.forEach(({ name }, i) => {
    const node = nodes[i]
    if (node) outputs.set(`term ${name}`, node)
  })
  const total = nodes[roots.length - 1]
  if (total) outputs.set('total', total)
  for (const [path, term] of ends) {
    const node = lowering.find(term)
    if (node) outputs.set(unreadOutput(path), node)
  }
  const written = builder.finish(stage.name, outputs)
  const optimizer = new Optimizer(
    stageSizes(program, stage),
    stage.trained,
    options,
    bindingNames(program.instances.values(), lowering),
    options.hoist ? cachingOf(stage, program.data.get(stage.data ?? '')) : undefined,
  )
  const forward = optimizer.run('forward', written)
  const differentiated = differentiate(forward, 'total', stage.trained, ops)
  const inParts = mayBeInParts(stage, options)
  const part = stageSizes(program, stage, {}, cachedTokens)
  const alone = inParts ? optimizer.tokensAtOnce([differentiated], part) : undefined
  if (alone !== undefined) optimizer.sizes = part
  const limit = optimizer.valuesLimit(stage, differentiated)
  const step = optimizer.run('plan', optimizer.run('step', differentiated, limit))
  const frozen = optimizer.frozenPart()
  const withFrozen = inParts && frozen ? optimizer.tokensAtOnce([differentiated, frozen.graph], part) : alone
  const apart = options.termGradients === 'always' && owners === undefined
  const termSteps = apart
    ? new Map(termsApart(stage).map(({ name }) => [name, optimizer.termStep(stage, forward, name)]))
    : undefined

  const counter = new Builder(ops)
  const counts = counter.finish(`${stage.name} counts`, normalisers.count(counter))
  return {
    forward,
    written,
    step,
    counts,
    normalisers: normalisers.size,
    readsPadding:
      readsPadding(written, nodes.slice(0, roots.length)) || readsPadding(counts, counts.outputs.values()),
    ...(frozen ? { frozen } : {}),
    ...((alone ?? withFrozen) === undefined ? {} : { tokensAtOnce: { step: alone, withFrozen } }),
    ...(owners ? { termNormalisers: normalisers.byOwner() } : {}),
    ...(termSteps ? { termSteps } : {}),
    names: optimizer.names,
    applied: optimizer.applied,
  }
}

/** The terms whose gradient is not that of the total: none where a stage has one term. */
function termsApart({ terms }: Stage): readonly LossTerm[] {
  const [first, ...others] = terms
  return others.length === 0 && first?.weight !== undefined ? [] : terms
}

/** Whether parts of a batch are the same training, and its backend is as fast on them. */
function mayBeInParts(
  { additive, normalise }: Stage,
  { hoist, passes, capabilities }: StageOptions,
): boolean {
  const isAsFast = capabilities?.has(cachedParts) === true
  return hoist === true && passes !== 'none' && isAsFast && additive && normalise === 'batch'
}

/** How the examples of a stage are repeated and padded; undefined without data. */
function cachingOf({ budget }: Stage, data: DataSpec | undefined): Omit<Caching, 'hoist'> | undefined {
  return (
    data && {
      fixedLength: data.pad === 'max_length',
      masked: data.mask !== undefined,
      ...(budget?.unit === 'epochs' ? { epochs: budget.amount } : {}),
    }
  )
}

/** Runs passes phase by phase; names follow their nodes. */
class Optimizer {
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
    return this.optimize(
      phase,
      graph,
      (text) => notes.push(text),
      ({ name }, result) => {
        this.applied.push({ name, phase, changed: result !== before, graph: result, notes })
        before = result
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

/**
 * Evaluation mode: outputs by tap path (`task.logits`, `hidden[3]`), in float32 unless another precision is
 * given. Only passes of phase plan run. Throws RangeError for unknown paths; the caller knows what a model
 * has.
 */
export function compileTaps(
  program: Program,
  instance: string,
  paths: readonly string[],
  options: Pick<StageOptions, 'passes'> & { readonly precision?: LowPrecision } = {},
): Graph {
  const model = program.instances.get(instance)
  if (!model) throw new RangeError(`no model ${instance}`)
  const terms = paths.map((path): Term => {
    const term = model.taps.get(path)
    if (!term) throw new RangeError(`${instance} has no ${path}`)
    return term
  })
  const builder = new Builder(ops)
  const lowering = new TermLowering(builder, {
    training: new Set(),
    normalisers: new Normalisers(),
    precision: () => options.precision,
  })
  const nodes = lowering.lower(terms)
  const graph = builder.finish(
    `${instance} evaluation`,
    new Map(nodes.map((node, i): [string, Node] => [paths[i] ?? `${i}`, node])),
  )
  return new Optimizer({ B: 1, L: usualLength }, [], options, new Map()).run('plan', graph)
}

/**
 * Evaluation mode: a tap [example, token, class] at the masked positions of a batch alone, as the output
 * `rows` [position, class]. Dead positions (run/positions.ts) have any finite values. Values that only other
 * positions need are not computed.
 */
export function compileMaskedTap(
  program: Program,
  instance: string,
  path: string,
  sizes: BatchSizes,
  options: Pick<StageOptions, 'passes' | 'capabilities'> & { readonly precision?: LowPrecision | undefined },
): Graph {
  const term = program.instances.get(instance)?.taps.get(path)
  if (!term) throw new RangeError(`${instance} has no ${path}`)
  const builder = new Builder(ops)
  const lowering = new TermLowering(builder, {
    training: new Set(),
    normalisers: new Normalisers(),
    precision: () => options.precision,
  })
  const [whole] = lowering.lower([term])
  if (!whole) throw new Error(`no node of ${path}`)
  const masked = zeroDead(builder, whole, liveMask(builder, 'masked', 'token'))
  const places = builder.input(positionsInput('masked'), {
    dtype: 'i32',
    dimensions: [{ axis: 'position', size: positionSymbols.masked }],
  })
  const rows = builder.add('gather_positions', [masked, places], { dead: 'copy' })
  const written = builder.finish(`${instance}.${path} where masked`, new Map([['rows', rows]]))
  const optimizer = new Optimizer(sizes, [], options, new Map())
  const forward = rewrite(optimizer.run('forward', written), ops, gatherOfScattered)
  return optimizer.run('plan', optimizer.run('step', forward))
}

/**
 * gather_positions(scatter_positions(x, places), places) ==> x, but for dead positions, whose values have no
 * reader here.
 */
const gatherOfScattered: Rule = (_builder, { op }, [value, places]) => {
  if (op !== 'gather_positions' || value?.op !== 'scatter_positions') return undefined
  const [x, scattered] = value.inputs
  return scattered === places ? x : undefined
}

function bindingNames(instances: Iterable<ModelInstance>, lowering: TermLowering): ReadonlyMap<Node, string> {
  const names = new Map<Node, string>()
  for (const instance of instances) {
    for (const [path, term] of instance.taps) {
      const node = lowering.find(term)
      if (node && !names.has(node)) names.set(node, `${instance.name}.${path}`)
    }
  }
  return names
}
