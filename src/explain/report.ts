/** Everything that `distill explain` says, as data: text and JSON are two views of it. Allocates no weights. */
import type {
  ModelInstance,
  OptimizerSettings,
  OptimizerSpec,
  Program,
  Schedule,
  Stage,
} from '../check/program.ts'
import { graphFlops } from '../graph/cost.ts'
import { compileStage, stageSizes } from '../lower/stage.ts'
import { stageMemory } from '../plan/memory.ts'
import { formula, reportTerm, type TermReport } from './losses.ts'
import { countParameters, type InstanceParameters, instanceParameters } from './parameters.ts'
import { reportWork, type WorkReport } from './work.ts'

export interface InstanceReport {
  readonly model: string
  readonly parameters: InstanceParameters
}
export interface StageReport {
  readonly after: string | null
  readonly train: readonly string[]
  /** Parameters that no loss of the stage reaches: neither updated nor decayed. */
  readonly unreached: readonly string[]
  readonly trained_parameters: number
  readonly terms: readonly TermReport[]
  readonly data: string | null
  readonly budget: string | null
  readonly batch: number
  readonly microbatch: number
  readonly normalise: 'batch' | 'microbatch'
  readonly optimizer: string | null
  /** One micro-batch of full length: examples and tokens. */
  readonly sizes: { readonly examples: number; readonly tokens: number }
  /** Forward and backward of all micro-batches of a step, at full length. */
  readonly flops_per_step: number
  readonly forward_flops_per_step: number
  /** The same by who does it. */
  readonly flops_by_part: WorkReport
  /** Values and gradients of one micro-batch at full length as planned, weights and optimizer state included. */
  readonly peak_bytes: number
  /** The same of the step as the spec is written, without optimizations. */
  readonly unoptimized: { readonly flops_per_step: number; readonly peak_bytes: number }
  readonly notes: readonly string[]
}
export interface SpecReport {
  readonly spec: string
  readonly models: Record<string, { readonly parameters: number }>
  readonly teachers: Record<string, InstanceReport>
  readonly students: Record<string, InstanceReport>
  readonly maps: Record<
    string,
    { readonly from: string; readonly to: string; readonly layers: readonly number[] }
  >
  readonly projections: Record<
    string,
    { readonly from: number; readonly to: number; readonly parameters: number; readonly matrices: number }
  >
  readonly stages: Record<string, StageReport>
}

export function reportSpec(program: Program): SpecReport {
  const byRole = (role: ModelInstance['role']) =>
    Object.fromEntries(
      [...program.instances.values()]
        .filter((instance) => instance.role === role)
        .map((i) => [i.name, { model: i.model, parameters: instanceParameters(program, i) }]),
    )
  return {
    spec: program.file,
    models: Object.fromEntries(
      [...program.models.values()].map((m) => [m.name, { parameters: countParameters(m) }]),
    ),
    teachers: byRole('teacher'),
    students: byRole('student'),
    maps: Object.fromEntries(
      [...program.maps.values()].map(({ name, from, to, layers }) => [name, { from, to, layers }]),
    ),
    projections: Object.fromEntries(
      [...program.projections.values()].map((p) => [
        p.name,
        {
          from: p.from,
          to: p.to,
          parameters: p.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
          matrices: p.indices?.length ?? 1,
        },
      ]),
    ),
    stages: Object.fromEntries(program.stages.map((stage) => [stage.name, reportStage(program, stage)])),
  }
}

function reportStage(program: Program, stage: Stage): StageReport {
  const microbatch = stage.microbatch ?? stage.batch
  const sizes = stageSizes(program, stage)
  const graphs = compileStage(program, stage)
  const { step, forward } = graphs
  const written = compileStage(program, stage, { passes: 'none' }).step
  const times = stage.batch / microbatch
  const counts = new Map<string, number>()
  for (const node of step.nodes) {
    if (node.op !== 'parameter') continue
    const elements = node.type.dimensions.reduce((n, d) => n * (typeof d.size === 'number' ? d.size : 1), 1)
    counts.set(String(node.attributes.name), elements)
  }
  const trained = stage.trained.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0)
  const terms = stage.terms.map(reportTerm)
  return {
    after: stage.after ?? null,
    train: trainedModels(stage),
    unreached: stage.unreached,
    trained_parameters: trained,
    terms,
    data: stage.data ?? null,
    budget: stage.budget ? `${stage.budget.amount} ${stage.budget.unit}` : null,
    batch: stage.batch,
    microbatch,
    normalise: stage.normalise,
    optimizer: stage.optimizer ? describeOptimizer(stage.optimizer) : null,
    sizes: { examples: sizes.B, tokens: sizes.L },
    flops_per_step: graphFlops(step, sizes) * times,
    forward_flops_per_step: graphFlops(forward, sizes) * times,
    flops_by_part: scaled(reportWork(program, stage, graphs, sizes), times),
    peak_bytes: stageMemory(stage, step, sizes).total,
    unoptimized: {
      flops_per_step: graphFlops(written, sizes) * times,
      peak_bytes: stageMemory(stage, written, sizes).total,
    },
    notes: terms
      .filter((t) => t.masks.includes('any'))
      .map((t) => `padding kept: term ${t.name} reads it (\`where any\`)`),
  }
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

function trainedModels(stage: Stage): string[] {
  const owners = stage.trained.map((key) => key.replace(/[.[].*$/s, ''))
  return [...new Set(owners)]
}

function describeSchedule(rate: Schedule): string {
  switch (rate.kind) {
    case 'constant':
      return `${rate.rate} constant`
    case 'linear':
      return rate.warmup > 0
        ? `${rate.rate} linear, warm-up ${+(rate.warmup * 100).toFixed(2)}%`
        : `${rate.rate} linear`
    case 'expression':
      return formula(rate.term)
  }
}

function describeOptimizer({ kind, settings, clip, groups }: OptimizerSpec): string {
  const parts = [kind, describeSchedule(settings.rate)]
  if (settings.weightDecay > 0) parts.push(`decay ${settings.weightDecay}`)
  if (clip !== undefined) parts.push(`clip ${clip}`)
  // Groups that change the same settings to the same values are one line, however many an index has made.
  const exceptions = new Map<string, string[]>()
  for (const group of groups) {
    const changes = changedSettings(settings, group.settings).join(', ')
    exceptions.set(changes, [...(exceptions.get(changes) ?? []), group.describe])
  }
  for (const [changes, paths] of exceptions) parts.push(`except [${paths.join(', ')}] ${changes}`)
  return parts.join(', ')
}

function changedSettings(usual: OptimizerSettings, own: OptimizerSettings): string[] {
  const changes: string[] = []
  const [usualRate, rate] = [describeSchedule(usual.rate), describeSchedule(own.rate)]
  if (rate !== usualRate) changes.push(`rate ${rate}`)
  if (own.weightDecay !== usual.weightDecay) changes.push(`decay ${own.weightDecay}`)
  if (own.betas.join() !== usual.betas.join()) changes.push(`betas ${own.betas.join(' ')}`)
  if (own.epsilon !== usual.epsilon) changes.push(`epsilon ${own.epsilon}`)
  if (own.momentum !== usual.momentum) changes.push(`momentum ${own.momentum}`)
  return changes
}
