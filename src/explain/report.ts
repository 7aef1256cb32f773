/**
 * Everything that `distill explain` says, as data: text and JSON are two views of it. Allocates no weights.
 */
import { unknownClasses } from '../check/data.ts'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { SpecFiles } from '../check/spec-files.ts'
import { trainedOwners } from '../check/trained.ts'
import { graphFlops, graphWork, stepWork } from '../graph/cost.ts'
import type { Graph } from '../graph/graph.ts'
import { type BatchSizes, bucketed } from '../graph/type.ts'
import { type Exportable, exportable } from '../huggingface/exportable.ts'
import { compileStage } from '../lower/stage.ts'
import type { Passes } from '../lower/stage-options.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import { unreadParts } from '../lower/unread.ts'
import { leastFidelity } from '../train/fidelity.ts'
import { type AugmentationReport, reportAugmentation } from './augmentation.ts'
import { type CacheReport, reportCache } from './cache.ts'
import { type EvaluationReport, reportEvaluation } from './evaluation.ts'
import { reportMinimized, reportTerm, type TermReport } from './losses.ts'
import { modelTerms } from './masks.ts'
import { type OptimizationReport, reportOptimizations, type StepCost } from './optimizations.ts'
import { describeOptimizer } from './optimizer.ts'
import { countParameters, type InstanceParameters, instanceParameters, openKeys } from './parameters.ts'
import { type ProjectionReport, reportProjection } from './projections.ts'
import { type LikeAnother, shownStages } from './shown-stages.ts'
import { type StartReport, Starts } from './starts.ts'
import { reportWork, type WorkReport } from './work.ts'

export interface InstanceReport {
  readonly model: string
  readonly precision: ModelInstance['precision']
  /** What a run compares with float32 and refuses below; null for a model in float32. */
  readonly fidelity: { readonly cosine: number; readonly agreement: number } | null
  readonly parameters: InstanceParameters
  /** What its initial values are read from; empty where all of them are drawn. */
  readonly starts_from: readonly StartReport[]
  /**
   * The class of transformers that `distill export` writes it as, or why there is none; null for teachers.
   */
  readonly exports_as: Exportable | null
}
export interface StageReport {
  /** Name of the family that it is a member of. */
  readonly family: string | null
  readonly after: string | null
  readonly train: readonly string[]
  /** Models that the losses read and the stage does not train. */
  readonly teachers: readonly string[]
  /** What the losses read of the data beside the texts: `label`, `original` (masked words), `order` ... */
  readonly targets: readonly string[]
  /** Parameters that no loss of the stage reaches: never updated or decayed. */
  readonly unreached: readonly string[]
  readonly trained_parameters: number
  /** Of these, as `per_class` of a model. */
  readonly trained_per_class: number
  readonly terms: readonly TermReport[]
  /**
   * What is minimized, where some term does not enter as one of a weighted sum: `max(progress * a, b)`; else
   * null.
   */
  readonly minimized: string | null
  readonly data: string | null
  /** Null where the training examples are those of the files. */
  readonly augmentation: AugmentationReport | null
  readonly budget: string | null
  /** Optimizer steps; null without a budget, and for epochs of data that is not there to be counted. */
  readonly steps: number | null
  readonly batch: number
  readonly microbatch: number
  /** Examples of a micro-batch that are computed at once, at full length. */
  readonly at_once: number
  readonly normalise: 'batch' | 'microbatch'
  /** What becomes of examples at the end of an epoch that do not fill a batch. */
  readonly partial: 'keep' | 'drop'
  readonly optimizer: string | null
  /** The optimizer's moments and steps are those of the stage before. */
  readonly continues_optimizer: boolean
  /** Null where nothing is trained on data. */
  readonly evaluation: EvaluationReport | null
  /**
   * One micro-batch of full length without padding: examples, tokens of each, masked ones in all where the
   * data masks some.
   */
  readonly sizes: { readonly examples: number; readonly tokens: number; readonly masked: number | null }
  /**
   * What takes time, in operations of a large matrix product: a step at full length and at half of it, and
   * the cached values of an example.
   */
  readonly work: { readonly step: number; readonly half: number; readonly cached: number }
  /** Forward and backward of all micro-batches of a step, at full length. */
  readonly flops_per_step: number
  readonly forward_flops_per_step: number
  /**
   * What models that are not trained say of an example, where it is computed once and kept; null where each
   * step computes it.
   */
  readonly cache: CacheReport | null
  /** `flops_per_step` with every other position padding; null where that costs as much. */
  readonly half_padded_flops_per_step: number | null
  /** `flops_per_step` by who does it. */
  readonly flops_by_part: WorkReport
  /**
   * Values and gradients of one micro-batch at full length as planned, weights and optimizer state included.
   */
  readonly peak_bytes: number
  /** The same of the step as the spec is written, without optimizations. */
  readonly unoptimized: StepCost
  /** Parts of the models that no loss reads: not part of the step in the first place. */
  readonly unread: readonly string[]
  /** What each pass did, in their order. */
  readonly optimizations: readonly OptimizationReport[]
  /** Passes that `--passes` left out. */
  readonly left_out: readonly string[]
}

export interface SpecReport {
  readonly spec: string
  /** Whose fused operations the steps may use. */
  readonly backend: string
  readonly models: Record<string, { readonly parameters: number }>
  readonly teachers: Record<string, InstanceReport>
  readonly students: Record<string, InstanceReport>
  readonly maps: Record<
    string,
    { readonly from: string; readonly to: string; readonly layers: readonly number[] }
  >
  readonly projections: Record<string, ProjectionReport>
  readonly stages: Record<string, StageReport>
  /** Stages of families that are not shown, because they are like another. */
  readonly others: readonly LikeAnother[]
}

/** What is assumed: which passes run, and for which backend. */
export interface ReportOptions {
  /** The library is read from them. */
  readonly files: SpecFiles
  readonly passes: Passes
  /** Bytes that a stage may take; values that need more are recomputed (pass recompute). */
  readonly memory?: number | undefined
  readonly backend: { readonly name: string; readonly capabilities: ReadonlySet<string> }
  /** Stages or families to be explained, and no others; absent: all, of a large family those that differ. */
  readonly stages?: readonly string[]
  /** Training examples of a data block, where they can be counted. */
  readonly examples?: (data: string) => number | undefined
}

export function reportSpec(program: Program, options: ReportOptions): SpecReport {
  const starts = new Starts(program)
  const byRole = (role: ModelInstance['role']) =>
    Object.fromEntries(
      [...program.instances.values()]
        .filter((instance) => instance.role === role)
        .map((i) => [i.name, reportInstance(program, i, { starts, files: options.files })]),
    )
  const shown = shownStages(program, options.stages)
  return {
    spec: program.file,
    backend: options.backend.name,
    models: Object.fromEntries(
      [...program.models.values()].map((m) => [m.name, { parameters: countParameters(m) }]),
    ),
    teachers: byRole('teacher'),
    students: byRole('student'),
    maps: Object.fromEntries(
      [...program.maps.values()].map(({ name, from, to, layers }) => [name, { from, to, layers }]),
    ),
    projections: Object.fromEntries(
      [...program.projections.values()].map((one) => [one.name, reportProjection(one, program)]),
    ),
    stages: Object.fromEntries(
      shown.stages.map((stage) => [stage.name, reportStage(program, stage, options)]),
    ),
    others: shown.others,
  }
}

function reportInstance(
  program: Program,
  instance: ModelInstance,
  { starts, files }: { readonly starts: Starts; readonly files: SpecFiles },
): InstanceReport {
  const { model, precision } = instance
  const fidelity = precision === 'float32' ? null : leastFidelity(instance)
  const parameters = instanceParameters(program, instance)
  const exports = instance.role === 'student' ? exportable(instance, files) : null
  return { model, precision, fidelity, parameters, starts_from: starts.of(instance), exports_as: exports }
}

/** `1 epoch`, `10000 steps` */
function describeBudget({ amount, unit }: NonNullable<Stage['budget']>): string {
  return `${amount} ${amount === 1 ? unit.replace(/s$/, '') : unit}`
}

function stepsOf({ budget, batch, partial }: Stage, examples: number | undefined): number | null {
  if (budget === undefined) return null
  if (budget.unit === 'steps') return budget.amount
  if (examples === undefined) return null
  return budget.amount * (partial === 'drop' ? Math.floor(examples / batch) : Math.ceil(examples / batch))
}

function reportStage(
  program: Program,
  stage: Stage,
  { passes, backend, memory, examples }: ReportOptions,
): StageReport {
  const graphs = compileStage(program, stage, {
    passes,
    capabilities: backend.capabilities,
    memory,
    hoist: true,
    keepUnread: true,
  })
  const { step, forward, tokensAtOnce } = graphs
  const sizes = stageSizes(program, stage, {}, tokensAtOnce?.step)
  const times = stage.batch / sizes.B
  const short = stageSizes(program, stage, { L: Math.ceil(sizes.L / 2) }, tokensAtOnce?.step)
  const counts = new Map<string, number>()
  for (const node of step.nodes) {
    if (node.op !== 'parameter') continue
    const elements = node.type.dimensions.reduce((n, d) => n * (typeof d.size === 'number' ? d.size : 1), 1)
    counts.set(String(node.attributes.name), elements)
  }
  const open = openKeys(program)
  const sumOf = (keys: readonly string[]): number =>
    keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0)
  const trained = sumOf(stage.trained.filter((key) => !open.has(key)))
  const perClass = sumOf(stage.trained.filter((key) => open.has(key))) / unknownClasses
  const optimizations = reportOptimizations(stage, graphs, sizes, times)
  const counted = examples?.(stage.data ?? '')
  const ofModels = modelTerms(program)
  const augmentation = reportAugmentation(program.data.get(stage.data ?? ''), counted)
  const trainedModels = trainedOwners(stage)
  return {
    family: stage.family?.name ?? null,
    after: stage.after ?? null,
    train: [...trainedModels],
    teachers: stage.instances.filter((name) => !trainedModels.has(name)),
    targets: [...stage.targets.keys()],
    unreached: stage.unreached,
    trained_parameters: trained,
    trained_per_class: perClass,
    terms: stage.terms.map((term) => reportTerm(term, ofModels)),
    minimized: reportMinimized(stage),
    data: stage.data ?? null,
    augmentation,
    budget: stage.budget ? describeBudget(stage.budget) : null,
    steps: stepsOf(stage, augmentation?.most ?? counted),
    batch: stage.batch,
    microbatch: stage.microbatch ?? stage.batch,
    at_once: sizes.B,
    normalise: stage.normalise,
    partial: stage.partial ?? 'keep',
    optimizer: stage.optimizer ? describeOptimizer(stage.optimizer) : null,
    continues_optimizer: stage.continueOptimizer,
    evaluation: reportEvaluation(stage),
    sizes: { examples: sizes.B, tokens: sizes.L, masked: sizes.M ?? null },
    work: {
      step: stepWork(step, sizes, times, stage.trained),
      half: stepWork(step, short, stage.batch / short.B, stage.trained),
      cached: graphs.frozen ? graphWork(graphs.frozen.graph, sizes) / sizes.B : 0,
    },
    flops_per_step: optimizations.optimized.flops_per_step,
    cache: graphs.frozen ? reportCache(stage, graphs.frozen, sizes, augmentation?.most ?? counted) : null,
    half_padded_flops_per_step: halfPadded(step, sizes, times),
    forward_flops_per_step: graphFlops(forward, sizes) * times,
    flops_by_part: scaled(reportWork(program, stage, graphs, sizes), times),
    peak_bytes: optimizations.optimized.peak_bytes,
    unoptimized: optimizations.written,
    unread: unreadParts(program, stage),
    optimizations: optimizations.passes,
    left_out: passes === 'none' ? ['all'] : [...passes.disabled],
  }
}

function halfPadded(step: Graph, sizes: BatchSizes, times: number): number | null {
  const half = graphFlops(step, { ...sizes, R: bucketed((sizes.B * sizes.L) / 2) }) * times
  return half === graphFlops(step, sizes) * times ? null : half
}

/** All micro-batches of a step. */
function scaled(work: WorkReport, times: number): WorkReport {
  return {
    teacher_forward: work.teacher_forward * times,
    teacher_backward: work.teacher_backward * times,
    student_forward: work.student_forward * times,
    student_backward: work.student_backward * times,
    heads_and_projections: work.heads_and_projections * times,
    losses: work.losses * times,
  }
}
