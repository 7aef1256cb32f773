/** Which models and classes a report is about, where it cannot show all. */
import { sum } from './charts/scales.ts'
import type { AnswersData, ModelData, Role, RunData } from './schema.ts'

/** The student, or the model that was trained last; with its teacher and the same student alone, if any. */
export interface Focus {
  readonly main: ModelData
  readonly teacher?: ModelData
  readonly alone?: ModelData
}

/** Undefined of a run without models. */
export function focusOf({ models, architecture }: RunData): Focus | undefined {
  const named = (name: string | undefined): ModelData | undefined =>
    models.find((model) => model.name === name)
  const last = (role: Role): ModelData | undefined => models.findLast((model) => model.role === role)
  const main =
    named(architecture?.student) ??
    last('student') ??
    models.findLast(({ trained }) => trained) ??
    models.at(-1)
  if (!main) return undefined
  const teacher = named(architecture?.teacher) ?? last('teacher')
  const alone = last('alone')
  return {
    main,
    ...(teacher && teacher !== main ? { teacher } : {}),
    ...(alone && alone !== main ? { alone } : {}),
  }
}

/** The teacher, the student alone and the student: what a chart of models shows, the most important last. */
export function focusedNames({ main, teacher, alone }: Focus): string[] {
  return [alone, teacher, main].flatMap((model) => model?.name ?? [])
}

export function rolesOf({ models }: RunData): ReadonlyMap<string, Role> {
  return new Map(models.map(({ name, role }) => [name, role]))
}

/** A class in which the student answers worse than its teacher by more than this share is lost. */
const lostBy = 0.1
const leastTexts = 10

export interface ShownClass {
  readonly index: number
  readonly name: string
  readonly support: number
  /** Recall of the teacher minus that of the student; undefined if either is missing. */
  readonly loss: number | undefined
}

/**
 * Classes of the test data, the most frequent first. Of more than `most`, half are the most frequent and half
 * those whose recall differs most between the two models.
 */
export function shownClasses(
  { labels, support, models }: AnswersData,
  student: string | undefined,
  teacher: string | undefined,
  most: number,
): ShownClass[] {
  const recall = (name: string | undefined, index: number): number | null | undefined =>
    models.find(({ model }) => model === name)?.recall[index]
  const all = labels.map((name, index): ShownClass => {
    const [of, to] = [recall(teacher, index), recall(student, index)]
    const known = typeof of === 'number' && typeof to === 'number'
    return { index, name, support: support[index] ?? 0, loss: known ? of - to : undefined }
  })
  const present = all.filter((one) => one.support > 0).sort((a, b) => b.support - a.support)
  if (present.length <= most) return present
  const telling = (one: ShownClass): number => Math.abs(one.loss ?? 0) * Math.sqrt(one.support)
  const frequent = present.slice(0, Math.floor(most / 2))
  const others = present.slice(frequent.length).sort((a, b) => telling(b) - telling(a))
  const chosen = new Set([...frequent, ...others.slice(0, most - frequent.length)])
  return present.filter((one) => chosen.has(one))
}

/**
 * Answers whose labels all begin alike (`noun.act`, `noun.body`) without that beginning, which would take the
 * room of what differs.
 */
export function withShortLabels(answers: AnswersData): {
  readonly answers: AnswersData
  readonly prefix: string
} {
  const { labels, texts } = answers
  const sorted = [...labels].sort()
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)]
  const differs = Array.from(first).findIndex((_, i) => first[i] !== last[i])
  const common = differs < 0 ? first : first.slice(0, differs)
  // Up to a separator: `tea` and `team` do not begin with `tea`.
  const prefix = labels.length > 2 ? (/^.*[^\p{L}\p{N}\s]/u.exec(common)?.[0] ?? '') : ''
  if (prefix === '' || labels.includes(prefix)) return { answers, prefix: '' }
  const short = (label: string): string => (label.startsWith(prefix) ? label.slice(prefix.length) : label)
  const shown = (list: AnswersData['texts']['lost']): AnswersData['texts']['lost'] =>
    list.map((one) => ({
      ...one,
      label: short(one.label),
      answers: one.answers.map((answer) => ({ ...answer, label: short(answer.label) })),
    }))
  const { lost, gained, inherited, furthest } = texts
  return {
    prefix,
    answers: {
      ...answers,
      labels: labels.map(short),
      texts: {
        lost: shown(lost),
        gained: shown(gained),
        inherited: shown(inherited),
        furthest: shown(furthest),
      },
    },
  }
}

/** Whether the student lost a class. A few texts prove nothing. */
export function isLost({ loss, support }: ShownClass): boolean {
  return loss !== undefined && loss > lostBy && support >= leastTexts
}

/** Classes that take part in most mistakes of a confusion matrix, in the order of the labels. */
export function confusedClasses(confusion: readonly (readonly number[])[], most: number): number[] {
  const mistakes = confusion.map(
    (row, i) => sum(row) - (row[i] ?? 0) + sum(confusion.map((other, j) => (j === i ? 0 : (other[i] ?? 0)))),
  )
  const size = confusion.map((row, i) => sum(row) + sum(confusion.map((other) => other[i] ?? 0)))
  const present = confusion.flatMap((_, i) => ((size[i] ?? 0) > 0 ? [i] : []))
  if (present.length <= most) return present
  return present
    .sort((a, b) => (mistakes[b] ?? 0) - (mistakes[a] ?? 0))
    .slice(0, most)
    .sort((a, b) => a - b)
}
