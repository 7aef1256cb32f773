/** A kind of task, once the spec is checked: how its answers are scored, made from lines of text, and shown. */
import type { DataSpec } from '../../check/program.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import type { HeadOutput, TaskFacts } from '../../check/tasks.ts'
import type { Batch } from '../../data/dataset.ts'
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts'
import type { HostTensor } from '../../run/runner.ts'
import type { Answers } from '../metrics/metric.ts'
import type { Line, Prediction } from './prediction.ts'

/** A model's answers, batch by batch, beside those of the data: what metrics measure. */
export interface Collector<Kind extends TaskKind = TaskKind> {
  /** @param values what the head's taps give for the batch: one, or those of both ends of a span */
  add(values: TapValues, batch: Batch): void
  answers(): Answers<Kind>
}

/** `value` is where a span starts, `end` where it ends. */
export interface TapValues {
  readonly value: HostTensor
  readonly end?: HostTensor
}

export interface LinePredictor<Kind extends TaskKind = TaskKind> {
  /** The names behind the probabilities of a prediction, in order; empty where it has none. */
  readonly labels: readonly string[]
  /** @throws DiagnosticError E0826 for a line that the model cannot read, before any of them is answered */
  predict(lines: readonly Line[]): readonly Prediction<Kind>[]
}

/** What a head's answers are made with. */
export interface PredictorParts {
  readonly output: HeadOutput
  readonly data: DataSpec
  readonly tokenizer: Tokenizer
  /** What the taps of the head give for a batch, in evaluation mode. */
  readonly run: (batch: Batch) => TapValues
}

export interface Task<Kind extends TaskKind = TaskKind> extends TaskFacts {
  /** Examples scored at once. */
  readonly together: (classes: number) => number
  /** @param labels names of the data's classes or tags */
  readonly collector: (classes: number, labels: readonly string[]) => Collector<Kind>
  /** Undefined where the data block does not say how texts of this kind are read. */
  readonly predictor: (parts: PredictorParts) => LinePredictor<Kind> | undefined
  /** A prediction as `distill predict` prints it; with `all` the probability of every label. */
  readonly line: (prediction: Prediction<Kind>, all: boolean) => string
}

/** The target of a batch by its name in the graph. */
export function target({ inputs }: Batch, name: string): HostTensor['data'] {
  const found = inputs.get(name)
  if (!found) throw new Error(`the batch has no ${name}`)
  return found.data
}

/** A probability as a line shows it. */
export const share = (probability: number): string => probability.toFixed(4)
