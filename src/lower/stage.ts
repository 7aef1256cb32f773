/**
 * The graphs of one stage: the training step (losses and gradients), the counts behind its normalisers, and
 * the tensors that an evaluation reads. Compiling allocates no weights, so a spec of published size compiles
 * on any machine.
 */

import { precisionOfOwner } from '../check/model-precision.ts'
import type { DataSpec, LossTerm, ModelInstance, Program, Stage } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import { termFacts } from '../check/term-facts.ts'
import { differentiate } from '../differentiate/differentiate.ts'
import { Builder } from '../graph/build.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { positionSymbols, positionsInput } from '../graph/positions.ts'
import type { LowPrecision } from '../graph/precision.ts'
import type { BatchSizes } from '../graph/type.ts'
import { unreadOutput } from '../graph/unread.ts'
import { readsPadding } from '../optimize/padded-length.ts'
import { type Caching, cachedParts, type FrozenPart } from '../optimize/pass.ts'
import { type Rule, rewrite } from '../optimize/rewrite.ts'
import { cachedTokens } from '../plan/micro-batches.ts'
import { liveMask, zeroDead } from './live.ts'
import { Normalisers } from './reduction.ts'
import type { AppliedPass, StageOptions } from './stage-options.ts'
import { Optimizer } from './stage-passes.ts'
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
  /** When its parts that are no passes ran. */
  readonly times: CompileTimes
}

/** By the process's clock, in milliseconds. */
export interface CompileTimes {
  readonly begun: number
  /** When the graph was lowered. */
  readonly lowered: number
  readonly differentiates: { readonly begins: number; readonly ms: number }
}

/** How many tokens are best computed at once (plan/micro-batches.ts); undefined: all of a batch. */
export interface TokensAtOnce {
  /** By the step. */
  readonly step?: number | undefined
  /** By the step and the frozen part before it, in every step. */
  readonly withFrozen?: number | undefined
}

/** Lowers, optimizes and differentiates what a stage minimizes. */
export function compileStage(program: Program, stage: Stage, options: StageOptions = {}): StageGraphs {
  const begun = performance.now()
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
  const lowered = performance.now()
  const optimizer = new Optimizer(
    stageSizes(program, stage),
    stage.trained,
    options,
    bindingNames(program.instances.values(), lowering),
    options.hoist ? cachingOf(stage, program.data.get(stage.data ?? '')) : undefined,
  )
  const forward = optimizer.run('forward', written)
  const begins = performance.now()
  const differentiated = differentiate(forward, 'total', stage.trained, ops)
  const differentiates = { begins, ms: performance.now() - begins }
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
    times: { begun, lowered, differentiates },
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

/**
 * Evaluation mode: outputs by tap path (`task.logits`, `hidden[3]`), in float32 unless another precision is
 * given. `averaged`: a tap [example, token, unit] becomes its mean over attended tokens. Only passes of phase
 * plan run. Throws RangeError for unknown paths; the caller knows what a model
 * has.
 */
export function compileTaps(
  program: Program,
  instance: string,
  paths: readonly string[],
  options: Pick<StageOptions, 'passes'> & {
    readonly precision?: LowPrecision
    readonly averaged?: boolean
  } = {},
): Graph {
  const model = program.instances.get(instance)
  if (!model) throw new RangeError(`no model ${instance}`)
  const terms = paths.map((path): Term => {
    const term = model.taps.get(path)
    if (!term) throw new RangeError(`${instance} has no ${path}`)
    return options.averaged ? meanOverTokens(term) : term
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
 * The mean over attended tokens; the term itself if it has no token axis, or no other than that. The mean of
 * a linear layer is the layer of the mean: scores over a vocabulary need no memory for each token.
 */
function meanOverTokens(term: Term): Term {
  const axes = term.axes.filter(({ axis }) => axis !== 'token')
  if (axes.length === term.axes.length || axes.length === 1) return term
  const [x, ...weights] = term.inputs
  if (term.operation.op === 'linear' && x !== undefined)
    return { ...term, inputs: [meanOverTokens(x), ...weights], axes }
  const operation = { op: 'reduce', how: 'mean', over: 'token', live: 'attended' } as const
  const { id, type, span } = term
  return { id, operation, inputs: [term], axes, type, facts: termFacts(operation, [term], axes), span }
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
