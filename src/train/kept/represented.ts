/** The states of one model on a fixed list of texts, computed batch by batch. */
import { statesOf } from '../../check/distillation.ts'
import type { ModelInstance } from '../../check/program.ts'
import { axesOf } from '../../check/tasks.ts'
import type { Example } from '../../data/dataset.ts'
import type { Averages, Evaluator } from '../evaluate.ts'
import type { DataProvider } from '../feed.ts'
import { mostBatches, together } from './agreement-budget.ts'
import { type Gram, gramOf } from './cka.ts'

interface Texts {
  /** Of the data block. */
  readonly name: string
  readonly batches: readonly (readonly Example[])[]
}

export class Represented {
  private readonly states: readonly { readonly path: string; readonly byToken: boolean }[]
  private readonly data: DataProvider
  private readonly texts: Texts
  private readonly averages: Averages
  /** By path: the numbers of each text. */
  private readonly rows: ReadonlyMap<string, Float64Array[]>
  private done = 0

  constructor(instance: ModelInstance, evaluator: Evaluator, data: DataProvider, texts: Texts) {
    this.states = statesOf(instance).map(({ path }) => ({
      path,
      byToken: axesOf(instance.taps.get(path)) === 'example token',
    }))
    this.data = data
    this.texts = texts
    const paths = this.states.map(({ path }) => path)
    this.averages = evaluator.averages(instance.name, paths)
    this.rows = new Map(paths.map((path) => [path, []]))
  }

  /** Computes the first batches that are not yet computed. */
  run(batches: number): void {
    for (const examples of this.texts.batches.slice(this.done, batches)) {
      const batch = this.data.batch(this.texts.name, examples, { seed: 0, stage: 'evaluation', step: 0 })
      const values = this.averages.of(batch)
      for (const { path, byToken } of this.states) {
        const { data = [] } = values.get(path) ?? {}
        const width = data.length / examples.length
        for (const [i, { tokens }] of examples.entries()) {
          const row = Float64Array.from(data.slice(i * width, (i + 1) * width))
          this.rows.get(path)?.push(byToken ? centred(row.subarray(0, tokens.length)) : row)
        }
      }
      this.done++
    }
  }

  /** Of each state, for the texts so far. */
  grams(): Gram[] {
    return this.states.map(({ path }) => {
      const rows = this.rows.get(path) ?? []
      const width = Math.max(0, ...rows.map(({ length }) => length))
      const values = new Float64Array(rows.length * width)
      for (const [i, row] of rows.entries()) values.set(row, i * width)
      return gramOf(values, rows.length)
    })
  }

  forget(): void {
    this.averages.forget()
  }
}

/** A text's scores of its tokens without their mean, which no softmax sees; beyond the text they are 0. */
function centred(scores: Float64Array): Float64Array {
  const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length
  return scores.map((value) => value - mean)
}

/** At most 256 examples, in batches that are each spread evenly over all: files may be sorted by class. */
export function batchesOf(examples: readonly Example[], limit = Number.POSITIVE_INFINITY): Example[][] {
  const count = Math.min(examples.length, limit, together * mostBatches)
  const chosen = Array.from(
    { length: count },
    (_, i) => examples[Math.floor((i * examples.length) / count)],
  ).flatMap((example) => example ?? [])
  const batches = Math.ceil(count / together)
  return Array.from({ length: batches }, (_, k) => chosen.filter((_, i) => i % batches === k))
}
