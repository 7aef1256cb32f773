/**
 * The single answers of each model of a finished run on the data that it was scored on, from the scoring
 * itself. `answers/BLOCK.SPLIT.json` has them by column, with the places of the texts and without the texts.
 */
import { join } from 'node:path'
import type { Lesson } from '../../check/distillation.ts'
import type { HeadOutput } from '../../check/tasks.ts'
import type { Dataset, Example, SplitName } from '../../data/dataset.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import type { RunFolder } from '../run-folder.ts'
import type { AnswerRecord, ClassRecord, Keeping } from '../tasks/answer-record.ts'

/** Examples of a split whose answers are kept. */
const mostExamples = 20_000
/** Numbers in the probabilities of all classes of a model's answers. */
const mostProbabilities = 4e6

export interface BookEntry {
  readonly model: string
  readonly data: string
  readonly split: SplitName
  readonly record: AnswerRecord
}

/** The total variation of a student's probabilities from its teacher's, from 0 to 1. */
interface Distance {
  readonly teacher: string
  readonly values: readonly number[]
}

export class AnswerBook {
  private readonly datasets: (name: string) => Dataset
  private readonly entries: BookEntry[] = []

  constructor(datasets: (name: string) => Dataset) {
    this.datasets = datasets
  }

  /** All answers of a split, or of a large one those of evenly spread examples. */
  keeping({ kind, classes }: HeadOutput, data: string, split: SplitName): Keeping {
    const count = this.datasets(data).splits.get(split)?.length ?? 0
    const stride = Math.max(1, Math.ceil(count / mostExamples))
    return {
      example: (id) => id % stride === 0,
      distributions: kind === 'class' && Math.ceil(count / stride) * classes <= mostProbabilities,
    }
  }

  add(entry: BookEntry): void {
    this.entries.push(entry)
  }

  /**
   * Writes a file for each split. `lessons`: students and teachers, of which the distance of their answers is
   * kept.
   */
  write(folder: RunFolder, lessons: readonly Lesson[]): void {
    const places = new Map<string, BookEntry[]>()
    for (const entry of this.entries) {
      const place = `${entry.data}.${entry.split}.${entry.record.kind}`
      places.set(place, [...(places.get(place) ?? []), entry])
    }
    for (const [first, ...others] of places.values()) {
      if (first === undefined) continue
      const text = JSON.stringify(this.page([first, ...others], lessons))
      const file = join(folder.path, 'answers', `${first.data}.${first.split}.json`)
      writeAtomically(file, [Buffer.from(`${text}\n`)], folder.disk)
    }
  }

  private page(entries: readonly [BookEntry, ...BookEntry[]], lessons: readonly Lesson[]): unknown {
    const [{ data, split, record }] = entries
    const { splits, labels } = this.datasets(data)
    const examples = splits.get(split) ?? []
    const order = [...record.ids.keys()].sort((a, b) => (record.ids[a] ?? 0) - (record.ids[b] ?? 0))
    const places = order.map((row) => examples[record.ids[row] ?? 0])
    const files = [...new Set(places.flatMap((one) => (one ? [placeOf(one).file] : [])))]
    return {
      version: 1,
      data,
      split,
      kind: record.kind,
      ...(labels ? { labels } : {}),
      /** Examples of the split; the windows of texts with questions. */
      total: examples.length,
      cut: examples.filter(({ uncut }) => uncut !== undefined).length,
      files,
      ...(files.length > 1
        ? { file: places.map((one) => (one ? files.indexOf(placeOf(one).file) : 0)) }
        : {}),
      line: places.map((one) => (one ? placeOf(one).line : 0)),
      ...actualOf(record, order),
      models: Object.fromEntries(
        entries.map((entry) => {
          const distances = lessons.flatMap(({ student, teacher }) =>
            student.name === entry.model ? distanceOf(entry, entries, teacher.name, order) : [],
          )
          return [
            entry.model,
            { ...columnsOf(entry.record, order), ...(distances[0] ? { distance: distances[0] } : {}) },
          ]
        }),
      ),
    }
  }
}

function placeOf({ window, file, line }: Example): { readonly file: string; readonly line: number } {
  return window ? window.question : { file, line }
}

/** What is the same for all models. */
function actualOf(record: AnswerRecord, order: readonly number[]): { readonly [key: string]: unknown } {
  if (record.kind === 'span') return {}
  if (record.kind !== 'tags') return { actual: order.map((row) => record.actual[row]) }
  const actual = inSentences(record.lengths, record.actual)
  return {
    lengths: order.map((row) => record.lengths[row]),
    actual: order.flatMap((row) => actual[row] ?? []),
  }
}

function columnsOf(record: AnswerRecord, order: readonly number[]): { readonly [key: string]: unknown } {
  const sorted = (values: readonly number[]): number[] => order.map((row) => values[row] ?? 0)
  const rounded = (values: readonly number[]): number[] => sorted(values).map(round)
  switch (record.kind) {
    case 'class':
      return { answer: sorted(record.answer), probability: rounded(record.probability) }
    case 'number':
      return { answer: sorted(record.answer).map((value) => Number(value.toPrecision(6))) }
    case 'tags': {
      const { lengths, answer, probability } = record
      const [answers, probabilities] = [inSentences(lengths, answer), inSentences(lengths, probability)]
      return {
        answer: order.flatMap((row) => answers[row] ?? []),
        probability: order.flatMap((row) => probabilities[row]?.map(round) ?? []),
      }
    }
    case 'span':
      return {
        f1: rounded(record.f1),
        exact: sorted(record.exact),
        begin: sorted(record.begin),
        stop: sorted(record.stop),
        probability: rounded(record.probability),
      }
  }
}

function inSentences(lengths: readonly number[], values: readonly number[]): number[][] {
  let at = 0
  return lengths.map((length) => {
    at += length
    return values.slice(at - length, at)
  })
}

function distanceOf(
  { record }: BookEntry,
  entries: readonly BookEntry[],
  teacher: string,
  order: readonly number[],
): Distance[] {
  const other = entries.find(({ model }) => model === teacher)?.record
  if (record.kind !== 'class' || other?.kind !== 'class') return []
  const values = totalVariation(record, other)
  return values ? [{ teacher, values: order.map((row) => round(values[row] ?? 0)) }] : []
}

/** Half the sum of the absolute differences, for each example; undefined if they were not kept. */
function totalVariation(a: ClassRecord, b: ClassRecord): number[] | undefined {
  if (!a.distributions || !b.distributions) return undefined
  const rowOf = new Map(b.ids.map((id, row) => [id, row]))
  return a.ids.map((id, row) => {
    const [own, other] = [a.distributions?.[row], b.distributions?.[rowOf.get(id) ?? -1]]
    if (!own || !other || own.length !== other.length) return Number.NaN
    return own.reduce((sum, p, k) => sum + Math.abs(p - (other[k] ?? 0)), 0) / 2
  })
}

function round(value: number): number {
  return Number(value.toFixed(4))
}
