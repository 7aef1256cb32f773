/**
 * What a report shows, as data: gathered from the folders of runs, printed by `distill report --json`, and
 * drawn by the functions of `charts` and `page`. A part that an older run does not have is absent here, and
 * `absent` says why.
 *
 * A `Rich` text is one paragraph in which `**x**` is bold and `` `x` `` is code. Everything else in it is
 * plain text, to be escaped. Shares and probabilities are from 0 to 1, times in seconds or (`_ms`)
 * milliseconds, sizes in bytes. JSON has no infinite numbers: a value that is not finite is null.
 */
import { z } from 'zod'
import { answers, numbers } from './schema/answers.ts'
import { comparison } from './schema/comparison.ts'
import { compile, memory, ranks } from './schema/cost.ts'
import { agreement, architecture, baseline, model } from './schema/models.ts'
import { sweep } from './schema/sweep.ts'
import { stage } from './schema/training.ts'
import { rich, type roles } from './schema/values.ts'
import { again, next, verdict } from './schema/verdict.ts'

/** The parts of the page that a run may be unable to fill. */
export const panels = [
  'verdict',
  'architecture',
  'parameters',
  'training',
  'terms',
  'agreement',
  'classes',
  'confusion',
  'calibration',
  'numbers',
  'texts',
  'speed',
  'clock',
  'memory',
  'compile',
  'sweep',
  'next',
  'again',
] as const

const run = z.object({
  /** The name of its folder. */
  name: z.string(),
  folder: z.string(),
  spec: z.string(),
  seed: z.number(),
  settings: z.record(z.string(), z.string()),
  /** ISO 8601. */
  created: z.string(),
  finished: z.boolean(),
  backend: z.string(),
  processor: z.string().optional(),
  /** The metric of the verdict. */
  metric: z
    .object({
      name: z.string(),
      /** Whether it is a share, shown in percent. */
      share: z.boolean(),
      higher_is_better: z.boolean(),
    })
    .optional(),
  models: z.array(model),
  baselines: z.array(baseline),
  verdict,
  architecture: architecture.optional(),
  stages: z.array(stage),
  agreement: z.array(agreement),
  answers: z.array(answers),
  numbers: z.array(numbers),
  memory: z.array(memory),
  compile: z.array(compile),
  /** Empty where one process trained alone. */
  ranks: z.array(ranks),
  /** Where the wall clock went. */
  clock: z.array(
    z.object({
      title: z.string(),
      kind: z.enum(['train', 'teach', 'once', 'evaluate', 'reused']),
      seconds: z.number(),
    }),
  ),
  next: z.array(next),
  again,
  /** Panels that this run cannot fill, and why, in a sentence: "The run was made before 0.2, which ...". */
  absent: z.array(z.object({ panel: z.enum(panels), why: rich })),
})

export const reportSchema = z.object({
  version: z.literal(1),
  title: z.string(),
  /** The first is shown in full; the others are compared with it. */
  runs: z.array(run).min(1),
  sweep: sweep.optional(),
  /** Of at least two runs of which the main model was scored by the same metric. */
  comparison: comparison.optional(),
})

export type ReportData = z.infer<typeof reportSchema>
export type RunData = z.infer<typeof run>
export type ModelData = z.infer<typeof model>
export type StageData = z.infer<typeof stage>
export type SweepData = z.infer<typeof sweep>
export type ComparisonData = z.infer<typeof comparison>
export type AnswersData = z.infer<typeof answers>
export type NumbersData = z.infer<typeof numbers>
export type AgreementData = z.infer<typeof agreement>
export type MemoryData = z.infer<typeof memory>
export type CompileData = z.infer<typeof compile>
export type RanksData = z.infer<typeof ranks>
export type ArchitectureData = z.infer<typeof architecture>
export type NextData = z.infer<typeof next>
export type Role = (typeof roles)[number]
export type Panel = (typeof panels)[number]
