/**
 * The type of a kind of task: how its answers are scored, predicted for lines of text, and printed, and what
 * a model has to beat.
 */
import type { DataSpec } from '../../check/program.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import type { HeadOutput, TaskFacts } from '../../check/tasks.ts'
import type { Batch } from '../../data/dataset.ts'
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts'
import type { HostTensor } from '../../run/runner.ts'
import type { Baseline, BaselineParts } from '../baselines/baseline.ts'
import type { Answers } from '../metrics/metric.ts'
import type { AnswerRecord, Keeping } from './answer-record.ts'
import type { Line, Prediction } from './prediction.ts'

/** Collects a model's answers beside those of the data, batch by batch, for metrics. */
export interface Collector<Kind extends TaskKind = TaskKind> {
  /** @param values of the head's taps for the batch, or what `Task.scored` makes of them */
  add(values: TapValues, batch: Batch): void
  answers(): Answers<Kind>
  /** The single answers that are kept; absent for a task whose answers are not. */
  record?(): AnswerRecord
}

/** One value, or those of both ends of a span: `value` has the scores of starts, `end` those of ends. */
export interface TapValues {
  readonly value: HostTensor
  readonly end?: HostTensor
}

export interface LinePredictor<Kind extends TaskKind = TaskKind> {
  /** The names of a prediction's probabilities, in order; empty if it has none. */
  readonly labels: readonly string[]
  /** @throws DiagnosticError E0826 for a line that the model cannot read, before any line is answered */
  predict(lines: readonly Line[]): readonly Prediction<Kind>[]
}

/** The parts of a predictor. */
export interface PredictorParts {
  readonly output: HeadOutput
  readonly data: DataSpec
  readonly tokenizer: Tokenizer
  /** The values of the head's taps for a batch, in evaluation mode. */
  readonly run: (batch: Batch) => TapValues
}

export interface Task<Kind extends TaskKind = TaskKind> extends TaskFacts {
  /** Number of examples that are scored together. */
  readonly together: (classes: number) => number
  /** The numbers of a batch that decide its score, where they are much fewer than its logits. */
  readonly scored?: (values: TapValues, batch: Batch) => TapValues
  /**
   * @param labels names of the data's classes or tags
   * @param keeping the answers that `record` has; absent: none
   */
  readonly collector: (classes: number, labels: readonly string[], keeping?: Keeping) => Collector<Kind>
  /** What counting gives; none without training examples. */
  readonly baselines: (parts: BaselineParts) => readonly Baseline<Kind>[]
  /** Undefined if the data block does not define how such texts are read. */
  readonly predictor: (parts: PredictorParts) => LinePredictor<Kind> | undefined
  /** A prediction as `distill predict` prints it; with `all`, the probability of every label. */
  readonly line: (prediction: Prediction<Kind>, all: boolean) => string
}

/** A probability as printed in a line. */
export const share = (probability: number): string => probability.toFixed(4)
