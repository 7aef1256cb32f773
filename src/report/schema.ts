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

const rich = z.string()
const value = z.number().nullable()

/** Which mark and colour a model has: the student `alone` has the student's architecture and no teacher. */
export const roles = ['teacher', 'student', 'alone', 'other'] as const

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

/** A 95% interval. */
const interval = z.object({ low: z.number(), high: z.number() })

/** Parameters by a part of the model's path, each counted once: shared and tied ones at their first owner. */
const part = z.object({
  /** `embedding.word`, `layer[3].attention` */
  path: z.string(),
  /** `word embedding`, `layer 3 attention` */
  title: z.string(),
  parameters: z.number(),
  kind: z.enum(['embedding', 'layer', 'head', 'projection', 'other']),
})

/** A box of the architecture's picture, in the order of data. */
const block = z.object({
  /** `embedding`, `layer 3`, `task` */
  title: z.string(),
  /** The state after it, by which terms and agreement name it: `hidden[3]`, `task.logits`. */
  state: z.string().optional(),
  parameters: z.number(),
  /** Width of the state, in units; absent for a head. */
  units: z.number().optional(),
})

const model = z.object({
  /** The name in the spec: S. */
  name: z.string(),
  /** What it is made from: tinybert_4. */
  model: z.string(),
  role: z.enum(roles),
  trained: z.boolean(),
  parameters: z.number(),
  bytes: z.number(),
  latency_ms: z.number().optional(),
  data: z.string().optional(),
  split: z.string().optional(),
  metrics: z.record(z.string(), value),
  /** Of the main metric. */
  interval: interval.optional(),
  /** `3 layers of 192, 4 heads` */
  note: z.string(),
  blocks: z.array(block),
  parts: z.array(part),
})

const baseline = z.object({
  /** `naive Bayes on words` */
  name: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})

const check = z.object({ kind: z.enum(['fine', 'look']), title: rich, evidence: rich })

const verdict = z.object({
  /** One sentence: what the student keeps of its teacher, and what it saves. */
  headline: rich,
  /** One to three sentences: against the student alone, against the baseline, what was lost. */
  lede: rich,
  checks: z.array(check),
})

/** A loss between two states, as an arc of the architecture's picture. */
const link = z.object({
  term: z.string(),
  /** `hidden[1]` of the student, `hidden[3]` of the teacher. */
  student: z.string(),
  teacher: z.string(),
})

const architecture = z.object({
  student: z.string(),
  teacher: z.string(),
  /** The stage whose terms these are. */
  stage: z.string(),
  /** `soften, temperature 2` for each term. */
  terms: z.array(z.object({ name: z.string(), weight: z.number(), text: z.string() })),
  links: z.array(link),
})

/** An interval of the log. */
const row = z.object({
  step: z.number(),
  loss: value,
  terms: z.record(z.string(), value),
  norm: value,
  rate: z.number(),
  /** Gradient norms of the weighted terms, where they were measured. */
  term_norms: z.record(z.string(), value).optional(),
  /** Share of the interval's steps whose gradient was clipped; absent where it was not kept. */
  clipped: z.number().optional(),
})

const evaluation = z.object({
  step: z.number(),
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), value),
})

/** Milliseconds of a step: quantiles over the logged intervals. */
const stepTimes = z.object({
  low: z.number(),
  q1: z.number(),
  median: z.number(),
  q3: z.number(),
  high: z.number(),
})

const stage = z.object({
  name: z.string(),
  /** Names of the trained models. */
  trains: z.array(z.string()),
  /** Names of the models that it reads without training them. */
  reads: z.array(z.string()),
  data: z.string().optional(),
  steps: z.number(),
  /** Wall clock. */
  seconds: z.number(),
  /** Of it: computing the values of frozen models once. */
  frozen_seconds: z.number().optional(),
  /** `adamw, 1e-3 linear, warm-up 10%` */
  optimizer: z.string(),
  clip: z.number().optional(),
  terms: z.array(z.object({ name: z.string(), weight: z.number() })),
  rows: z.array(row),
  evaluations: z.array(evaluation),
  step_ms: stepTimes.optional(),
  tokens_per_second: z.number().optional(),
  stopped_early: z.boolean(),
  /** Why it has no score, if it has none. */
  unscored: rich.optional(),
})

/** Linear CKA (Kornblith et al. 2019) of states averaged over a text: student by row, teacher by column. */
const agreement = z.object({
  student: z.string(),
  teacher: z.string(),
  data: z.string(),
  split: z.string(),
  examples: z.number(),
  /** `hidden[0]`, `task.logits`; titles are for people: `embedding`, `layer 1`, `logits`. */
  rows: z.array(z.object({ state: z.string(), title: z.string() })),
  columns: z.array(z.object({ state: z.string(), title: z.string() })),
  values: z.array(z.array(value)),
  /** Earlier evaluations, for how it grew: the mean of each row's largest value. */
  history: z.array(z.object({ stage: z.string(), step: z.number(), mean: value })),
})

const answersOfModel = z.object({
  model: z.string(),
  role: z.enum(roles),
  /** By class. */
  recall: z.array(value),
  precision: z.array(value),
  /** [true class][answer] in texts (words for tags). Empty for questions, and beyond 100 classes. */
  confusion: z.array(z.array(z.number())),
  /** Ten bins of confidence: number of answers, their mean confidence, the share that is right. */
  bins: z.array(z.object({ count: z.number(), confidence: z.number(), right: z.number() })),
  /** Expected calibration error over these bins (Guo et al. 2017). */
  calibration_error: value,
  /** Share of texts with the teacher's answer. */
  same_as_teacher: z.number().optional(),
})

/** Texts that two models answer rightly or not, with McNemar's exact test. */
const pair = z.object({
  a: z.string(),
  b: z.string(),
  both: z.number(),
  only_a: z.number(),
  only_b: z.number(),
  neither: z.number(),
  /** Of neither: both with the same answer. */
  neither_same: z.number(),
  p: z.number(),
})

const shownText = z.object({
  /** Absent where the run keeps no texts (`--no-texts`): then `line` says where it is. */
  text: z.string().optional(),
  second: z.string().optional(),
  file: z.string(),
  line: z.number(),
  label: z.string(),
  answers: z.array(z.object({ model: z.string(), label: z.string(), probability: z.number() })),
})

const answers = z.object({
  data: z.string(),
  split: z.string(),
  /** What is counted: texts, words (tags) or questions. */
  unit: z.enum(['texts', 'words', 'questions']),
  count: z.number(),
  /** Empty for questions. */
  labels: z.array(z.string()),
  /** Number of each class. */
  support: z.array(z.number()),
  models: z.array(answersOfModel),
  pairs: z.array(pair),
  /** `lost`: teacher right, student wrong; `gained`; `inherited` mistakes; `furthest` from the teacher. */
  texts: z.object({
    lost: z.array(shownText),
    gained: z.array(shownText),
    inherited: z.array(shownText),
    furthest: z.array(shownText),
  }),
})

/** Answers that are numbers: predicted against actual. */
const numbers = z.object({
  data: z.string(),
  split: z.string(),
  count: z.number(),
  models: z.array(
    z.object({
      model: z.string(),
      role: z.enum(roles),
      /** At most 500 points, [actual, predicted]. */
      points: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
})

const memory = z.object({
  stage: z.string(),
  /** Bytes alive after each operation of the planned step, thinned to at most 400 points. */
  live: z.array(z.number()),
  peak: z.number(),
  /** Index in `live`. */
  peak_at: z.number(),
  /** What is computed there: `gradient of layer 3 ffn`. */
  peak_name: z.string(),
  /** Index in `live` at which gradients begin. */
  turn: z.number(),
  /** Bytes held all the time beside `live`: weights, and the optimizer's moments if the backend has them. */
  standing: z.number(),
  /** The most that the backend held in a step, these included, where it can tell. */
  measured: z.number().optional(),
})

const compile = z.object({
  stage: z.string(),
  total_ms: z.number(),
  spans: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['front', 'forward', 'step', 'plan']),
      at_ms: z.number(),
      ms: z.number(),
      /** Whether a pass changed the graph; absent for what is no pass. */
      changed: z.boolean().optional(),
      note: z.string().optional(),
    }),
  ),
})

const next = z.object({
  title: rich,
  /** The evidence, from this run's own numbers. */
  why: rich,
  /** A change of the spec that was checked by the compiler; absent where the advice is a command. */
  diff: z
    .object({
      file: z.string(),
      lines: z.array(z.object({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
    })
    .optional(),
  command: z.string().optional(),
})

const again = z.object({
  command: z.string(),
  texts: z.record(z.string(), z.string()),
  files: z.array(z.object({ name: z.string(), hash: z.string(), note: z.string().optional() })),
  versions: z.record(z.string(), z.string()),
})

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

const sweep = z.object({
  /** Settings in the order of the spec, with their values in the order given. */
  settings: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  seeds: z.array(z.number()),
  metric: z.string(),
  /** The model that is compared. */
  model: z.string(),
  runs: z.array(
    z.object({
      name: z.string(),
      settings: z.record(z.string(), z.string()),
      seed: z.number(),
      parameters: z.number(),
      value,
      finished: z.boolean(),
    }),
  ),
  /** By setting: the mean of the metric for each value, and the range of these means. */
  effects: z.array(
    z.object({
      name: z.string(),
      means: z.array(z.object({ value: z.string(), mean: value })),
      difference: value,
    }),
  ),
  /** Over seeds: for each combination mean, standard deviation and number. */
  spread: z.array(
    z.object({
      settings: z.record(z.string(), z.string()),
      mean: value,
      deviation: value,
      count: z.number(),
    }),
  ),
  best: z.string().optional(),
})

export const reportSchema = z.object({
  version: z.literal(1),
  title: z.string(),
  /** The first is shown in full; the others are compared with it. */
  runs: z.array(run).min(1),
  sweep: sweep.optional(),
})

export type ReportData = z.infer<typeof reportSchema>
export type RunData = z.infer<typeof run>
export type ModelData = z.infer<typeof model>
export type StageData = z.infer<typeof stage>
export type SweepData = z.infer<typeof sweep>
export type AnswersData = z.infer<typeof answers>
export type NumbersData = z.infer<typeof numbers>
export type AgreementData = z.infer<typeof agreement>
export type MemoryData = z.infer<typeof memory>
export type CompileData = z.infer<typeof compile>
export type ArchitectureData = z.infer<typeof architecture>
export type NextData = z.infer<typeof next>
export type Role = (typeof roles)[number]
export type Panel = (typeof panels)[number]
