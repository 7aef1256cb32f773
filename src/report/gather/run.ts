/** The data of one run's report, from its folder. */
import { basename, resolve } from 'node:path'
import { statesOf } from '../../check/distillation.ts'
import { isMetric, type MetricName } from '../../check/metric-names.ts'
import { metrics } from '../../train/metrics/index.ts'
import { RunPlan } from '../../train/run-plan.ts'
import { nextOf } from '../rules/index.ts'
import type { RunData } from '../schema.ts'
import { mean } from '../statistics.ts'
import { gatherAbsent } from './absent.ts'
import { gatherAgain } from './again.ts'
import { gatherAnswers } from './answers.ts'
import { gatherArchitecture } from './architecture.ts'
import { gatherClock } from './clock.ts'
import { originalName, type RunFacts, type RunSource, readFacts } from './facts.ts'
import type { Findings } from './findings.ts'
import { intervalsOf } from './intervals.ts'
import { gatherModels } from './models.ts'
import { gatherRanks } from './ranks.ts'
import { gatherStages } from './stages.ts'
import { Texts } from './texts.ts'
import { finite } from './values.ts'
import { verdictOf } from './verdict.ts'

export interface GatherOptions {
  /** Whether texts of the data are shown. */
  readonly texts: boolean
  /** Whether the compiler accepts a text in place of the run's spec. */
  readonly accepts: (text: string) => boolean
}

export function gatherRun(source: RunSource, options: GatherOptions): RunData {
  const facts = readFacts(source)
  const { config, folder, report } = facts
  const metric = metricOf(facts)
  const texts = new Texts(facts, options.texts)
  const stages = gatherStages(facts)
  const architecture = gatherArchitecture(facts)
  const parts = {
    models: gatherModels(facts, intervalsOf(facts, metric?.name)),
    baselines: gatherBaselines(facts),
    stages,
    agreement: gatherAgreement(facts),
    ...gatherAnswers(facts, texts),
    memory: gatherMemory(facts),
    compile: gatherCompile(facts),
    ranks: gatherRanks(facts),
    clock: gatherClock(facts, stages),
    finished: report !== undefined,
  }
  const run: Findings['run'] = {
    name: basename(resolve(folder.path)),
    folder: folder.path,
    spec: config.spec,
    seed: config.seed,
    settings: config.settings,
    created: config.created,
    backend: config.backend,
    ...(config.processor === undefined ? {} : { processor: config.processor }),
    ...(metric ? { metric } : {}),
    ...(architecture ? { architecture } : {}),
    ...parts,
    answers: [...parts.answers],
    numbers: [...parts.numbers],
    again: gatherAgain(facts),
    absent: [],
  }
  const findings = { facts, run: { ...run, absent: gatherAbsent(facts, run, texts, options.texts) } }
  return { ...findings.run, verdict: verdictOf(findings), next: nextOf(findings, options.accepts) }
}

/** What is compared between runs. */
export interface Compared {
  readonly model: string
  /** The same student without a teacher. */
  readonly alone: string | undefined
  readonly metric: MetricName | undefined
}

/** The main model of a run, and the metric of its verdict. Undefined if it trained no model. */
export function comparedIn(source: RunSource): Compared | undefined {
  const facts = readFacts(source)
  const name = metricOf(facts)?.name
  const { model, alone } = facts.main ?? {}
  return model === undefined
    ? undefined
    : { model, alone, metric: name !== undefined && isMetric(name) ? name : undefined }
}

/** From -1 to 1: no share of anything, though tables print them in percent. */
const correlations: ReadonlySet<string> = new Set<MetricName>(['pearson', 'spearman', 'matthews'])

/** The metric that the stages of the main model ask for first, of those that it has. */
function metricOf({ program, config, main, scores }: RunFacts): RunData['metric'] {
  const instance = program.instances.get(main?.model ?? '')
  const values = instance && scores.get(instance.name)?.values
  if (!instance || !values) return undefined
  const wanted = new RunPlan(program, config.stages).finalScoring(instance).metrics.filter(isMetric)
  const name = wanted.find((one) => values.has(one)) ?? [...values.keys()][0]
  if (name === undefined) return undefined
  const { share, better } = metrics[name]
  return { name, share: share && !correlations.has(name), higher_is_better: better === 'higher' }
}

function gatherBaselines({ report }: RunFacts): RunData['baselines'] {
  return (report?.baselines ?? []).map(({ name, data, split, values }) => ({
    name,
    data,
    split,
    metrics: Object.fromEntries([...values].map(([metric, value]) => [metric, finite(value)])),
  }))
}

function gatherAgreement(facts: RunFacts): RunData['agreement'] {
  const { agreement, log, program } = facts
  return agreement.flatMap((one) => {
    const [student, teacher] = [one.student, one.teacher].map((name) => program.instances.get(name))
    if (!student || !teacher) return []
    const earlier = log.agreements.filter(
      (other) => other.student === one.student && other.teacher === one.teacher,
    )
    const titled = (paths: readonly string[], states: ReturnType<typeof statesOf>) =>
      paths.map((path) => ({
        state: path,
        title: states.find((state) => state.path === path)?.title ?? path,
      }))
    return {
      student: one.student,
      teacher: originalName(facts, one.teacher),
      data: one.data,
      split: one.split,
      examples: one.examples,
      rows: titled(one.rows, statesOf(student)),
      columns: titled(one.columns, statesOf(teacher)),
      values: one.values.map((row) => [...row]),
      // of fewer texts, states look more alike
      history: earlier
        .filter(({ examples }) => examples === earlier.at(-1)?.examples)
        .map(({ stage, step, values }) => ({ stage, step, mean: meanOfBest(values) })),
    }
  })
}

function meanOfBest(values: readonly (readonly (number | null)[])[]): number {
  return mean(values.map((row) => Math.max(...row.map((value) => value ?? 0))))
}

function gatherMemory({ log }: RunFacts): RunData['memory'] {
  return log.plans.map(({ stage, live, peak, peak_at, peak_name, turn, standing }) => {
    const measured = log.ends.find((end) => end.stage === stage)?.measured_bytes
    return { stage, live, peak, peak_at, peak_name, turn, standing, ...(measured ? { measured } : {}) }
  })
}

function gatherCompile({ log }: RunFacts): RunData['compile'] {
  return log.compiles.map(({ stage, spans }) => ({
    stage,
    total_ms: Math.max(0, ...spans.map(({ at, ms }) => at + ms)),
    spans: spans.map(({ at, ms, ...span }) => ({ ...span, at_ms: at, ms })),
  }))
}
