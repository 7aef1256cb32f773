/** What verdict, checks and rules are said of: a run as it is shown, beside what was read of it. */
import type { AnswersData, ModelData, RunData } from '../schema.ts'
import type { RunFacts } from './facts.ts'

export interface Findings {
  readonly facts: RunFacts
  readonly run: Omit<RunData, 'verdict' | 'next'>
}

export function modelOf({ run }: Findings, name: string | undefined): ModelData | undefined {
  return run.models.find((one) => one.name === name)
}

/** The main model, its teacher and the student alone, as they are shown. */
export function mainModels(findings: Findings): {
  readonly model: ModelData | undefined
  readonly teacher: ModelData | undefined
  readonly alone: ModelData | undefined
} {
  const { main } = findings.facts
  return {
    model: modelOf(findings, main?.model),
    teacher: modelOf(findings, main?.teacher),
    alone: modelOf(findings, main?.alone),
  }
}

/** The value of the run's metric; undefined if the model was not scored, or it is not finite. */
export function scoreOf({ run }: Findings, model: ModelData | undefined): number | undefined {
  return (run.metric && model?.metrics[run.metric.name]) ?? undefined
}

/** Of two models on the same texts, if their answers were kept. */
export function pairOf(
  { run }: Findings,
  a: string | undefined,
  b: string | undefined,
): AnswersData['pairs'][number] | undefined {
  const pairs = run.answers.flatMap(({ pairs: own }) => own)
  const found = pairs.find((pair) => pair.a === a && pair.b === b)
  if (found) return found
  const swapped = pairs.find((pair) => pair.a === b && pair.b === a)
  if (!swapped) return undefined
  return { ...swapped, a: swapped.b, b: swapped.a, only_a: swapped.only_b, only_b: swapped.only_a }
}

/** The answers that the main model gave, with its own part of them. */
export function mainAnswers({ facts, run }: Findings):
  | {
      readonly all: AnswersData
      readonly model: AnswersData['models'][number]
      readonly teacher: AnswersData['models'][number] | undefined
    }
  | undefined {
  const { main } = facts
  for (const all of run.answers) {
    const model = all.models.find((one) => one.model === main?.model)
    if (model) return { all, model, teacher: all.models.find((one) => one.model === main?.teacher) }
  }
  return undefined
}

/** Texts of a class from which its recall says something. */
const enough = 10
/** By how much recall falls where a class is lost. */
const lostBy = 0.1

export interface LostClass {
  readonly label: string
  readonly support: number
  readonly teacher: number
  readonly student: number
}

/** Classes of which the student finds at least 10 points less than its teacher, most lost first. */
export function lostClasses(findings: Findings): LostClass[] {
  const found = mainAnswers(findings)
  if (!found?.teacher) return []
  const { all, model, teacher } = found
  return all.labels
    .map((label, k) => ({
      label,
      support: all.support[k] ?? 0,
      teacher: teacher.recall[k] ?? 0,
      student: model.recall[k] ?? 0,
    }))
    .filter(({ support, teacher: before, student }) => support >= enough && before - student > lostBy)
    .sort((a, b) => b.teacher - b.student - (a.teacher - a.student))
}

/** The best of the run's trivial baselines on the main model's data. */
export function bestBaseline(
  findings: Findings,
): { readonly name: string; readonly value: number } | undefined {
  const { run } = findings
  const { model } = mainModels(findings)
  if (!run.metric || !model) return undefined
  const { name, higher_is_better: higher } = run.metric
  const known = run.baselines.flatMap((one) => {
    const value = one.metrics[name]
    const same = one.data === model.data && one.split === model.split
    return same && typeof value === 'number' ? [{ name: one.name, value }] : []
  })
  return known.sort((a, b) => (higher ? b.value - a.value : a.value - b.value))[0]
}
