/** The single answers of a run's models: right and wrong by class, by pair of models, and text by text. */
import type { AnswerFile } from '../../train/kept/answer-file.ts'
import type { AnswersData, NumbersData, Role } from '../schema.ts'
import { calibration, mcnemar } from '../statistics.ts'
import type { RunFacts } from './facts.ts'
import { type AnsweredItems, itemsOf } from './items.ts'
import { shownTexts } from './shown-texts.ts'
import type { Texts } from './texts.ts'
import { finite } from './values.ts'

/** Points of a plot of numbers. */
const mostPoints = 500
/** Classes of a confusion matrix. */
const mostClasses = 100
/** Models of which every pair is compared. */
const mostPaired = 5

export interface GatheredAnswers {
  readonly answers: readonly AnswersData[]
  readonly numbers: readonly NumbersData[]
}

export function gatherAnswers(facts: RunFacts, texts: Texts): GatheredAnswers {
  const answers = facts.answers.flatMap((file) => {
    const items = itemsOf(
      file,
      facts.models.map(({ name }) => name),
    )
    return items ? [answersData(facts, items, texts)] : []
  })
  const numbers = facts.answers.flatMap((file) => (file.kind === 'number' ? [numbersData(facts, file)] : []))
  return { answers, numbers }
}

function answersData(facts: RunFacts, items: AnsweredItems, texts: Texts): AnswersData {
  const { data, split, unit, labels, count, models, actual } = items
  const { main } = facts
  const teacher = models.find(({ name }) => name === main?.teacher)
  const support = labels.map((_, k) => actual.filter((label) => label === k).length)
  return {
    data,
    split,
    unit,
    count,
    labels: [...labels],
    support,
    models: models.map(({ name, answer, right, probability }) => {
      const confusion = confusionOf(labels.length, actual, answer)
      const { bins, error } = calibration(probability, right)
      const same = answer.filter((one, i) => one === teacher?.answer[i]).length
      return {
        model: name,
        role: roleOf(facts, name),
        recall: confusion.map((row, k) => ratio(row[k] ?? 0, support[k] ?? 0)),
        precision: confusion.map((row, k) =>
          ratio(
            row[k] ?? 0,
            confusion.reduce((sum, other) => sum + (other[k] ?? 0), 0),
          ),
        ),
        confusion: labels.length > mostClasses ? [] : confusion,
        bins: bins.map((bin) => ({ ...bin })),
        calibration_error: finite(error),
        ...(teacher && teacher.name !== name && labels.length > 0
          ? { same_as_teacher: same / Math.max(1, count) }
          : {}),
      }
    }),
    pairs: pairsOf(facts, items),
    texts: shownTexts(facts, items, texts),
  }
}

function roleOf({ roles }: RunFacts, name: string): Role {
  return roles.get(name) ?? 'other'
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function confusionOf(classes: number, actual: readonly number[], answer: readonly number[]): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const [i, label] of actual.entries()) {
    const row = counts[label]
    const given = answer[i]
    if (row && given !== undefined && given in row) row[given] = (row[given] ?? 0) + 1
  }
  return counts
}

/** The main model with its teacher and with the student alone first; then every other pair of few models. */
function pairsOf({ main }: RunFacts, { models, count }: AnsweredItems): AnswersData['pairs'] {
  const known = (name: string | undefined) => models.find((one) => one.name === name)
  const first = known(main?.model)
  const firsts = [known(main?.teacher), known(main?.alone)].flatMap((other) =>
    first && other ? [[first, other] as const] : [],
  )
  const others =
    models.length > mostPaired
      ? []
      : models.flatMap((a, i) => models.slice(i + 1).map((b) => [a, b] as const))
  const isKnown = (a: unknown, b: unknown): boolean =>
    firsts.some(([x, y]) => (x === a && y === b) || (x === b && y === a))
  return [...firsts, ...others.filter(([a, b]) => !isKnown(a, b))].map(([a, b]) => {
    const counts = { both: 0, only_a: 0, only_b: 0, neither: 0, neither_same: 0 }
    for (let i = 0; i < count; i++) {
      const [x, y] = [a.right[i], b.right[i]]
      if (x && y) counts.both++
      else if (x) counts.only_a++
      else if (y) counts.only_b++
      else {
        counts.neither++
        if (a.answer[i] === b.answer[i]) counts.neither_same++
      }
    }
    return { a: a.name, b: b.name, ...counts, p: mcnemar(counts.only_a, counts.only_b) }
  })
}

/** Of many examples, points that are evenly spread over them. */
function numbersData(facts: RunFacts, file: AnswerFile): NumbersData {
  const { data, split, actual = [], models } = file
  const step = Math.max(1, Math.ceil(actual.length / mostPoints))
  const shown = actual.flatMap((value, i) => (i % step === 0 ? [{ value, i }] : []))
  return {
    data,
    split,
    count: actual.length,
    models: Object.entries(models).map(([model, { answer = [] }]) => ({
      model,
      role: roleOf(facts, model),
      points: shown.flatMap(({ value, i }): [number, number][] => {
        const predicted = answer[i]
        return typeof predicted === 'number' ? [[value, predicted]] : []
      }),
    })),
  }
}
