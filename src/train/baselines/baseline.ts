/**
 * A trivial baseline: answers of a kind of task that need no model. A model that does not beat it has learned
 * less than counting gives.
 */
import type { MetricName } from '../../check/metric-names.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import type { Batch, Example, Vocabulary } from '../../data/dataset.ts'
import type { TextRow } from '../../data/rows/form.ts'
import type { Answers } from '../metrics/metric.ts'

export interface Baseline<Kind extends TaskKind = TaskKind> {
  /** `naive Bayes on words` */
  readonly name: string
  /** On the held-out split, beside those of the data. */
  readonly answers: Answers<Kind>
}

/** A split as its files have it, and encoded. */
export interface DataPart {
  readonly rows: readonly TextRow[]
  readonly examples: readonly Example[]
}

export interface BaselineParts {
  /** 1 for a number. */
  readonly classes: number
  /** Names of the data's classes or tags. */
  readonly labels: readonly string[]
  readonly vocabulary: Vocabulary
  readonly train: DataPart
  readonly held: DataPart
  /** The batches of the held-out split on which models are scored, with their masks. */
  readonly batches: () => Iterable<Batch>
}

export interface BaselineScore {
  /** `naive Bayes on words` */
  readonly name: string
  readonly data: string
  readonly split: string
  readonly values: ReadonlyMap<MetricName, number>
}
