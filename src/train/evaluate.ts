/**
 * The answers of a model's heads on a data split. In evaluation mode there is no dropout, and masks of a
 * masked language model are always the same.
 */
import { answerPaths } from '../check/head-outputs.ts'
import type { Program } from '../check/program.ts'
import type { HeadOutput } from '../check/tasks.ts'
import { alone, type Cluster } from '../cluster/cluster.ts'
import { shareOut } from '../cluster/share-out.ts'
import type { Batch, Dataset, Example, SplitName } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import type { compileTaps } from '../lower/stage.ts'
import type { HostTensor, Runner } from '../run/runner.ts'
import { graphText, hashOf } from './content-keys.ts'
import type { DataProvider } from './feed.ts'
import type { AnswerBook } from './kept/answer-book.ts'
import type { Answers } from './metrics/metric.ts'
import type { ParameterStore } from './parameters.ts'
import type { Answered, SharedFigures } from './shared-figures.ts'
import { structuralText } from './structural-text.ts'
import type { Keeping } from './tasks/answer-record.ts'
import { tasks } from './tasks/index.ts'
import type { TapValues } from './tasks/task.ts'

/** The split for scores during training: validation, otherwise test. */
export function validationSplit(dataset: Dataset): SplitName | undefined {
  return (['validation', 'test'] as const).find((split) => (dataset.splits.get(split)?.length ?? 0) > 0)
}

/** The split for the final table: test, otherwise validation. */
export function finalSplit(dataset: Dataset): SplitName | undefined {
  return (['test', 'validation'] as const).find((split) => (dataset.splits.get(split)?.length ?? 0) > 0)
}

export interface EvaluatorOptions {
  readonly program: Program
  readonly store: ParameterStore
  readonly runner: Runner
  readonly data: DataProvider
  readonly compileTaps: typeof compileTaps
  /** Largest number of batches, for a dry run. */
  readonly limit?: number
  /** In a sweep: answers that its runs have in common. */
  readonly figures?: SharedFigures | undefined
  /** Ranks that share the batches. All of them ask for the same answers in the same order. */
  readonly cluster?: Cluster | undefined
}

export interface AnswerOptions {
  /** Where single answers are kept. */
  readonly book?: AnswerBook | undefined
  /** Whether another run of a sweep may have a model with the same weights. */
  readonly recurs?: boolean | undefined
}

export interface Averages {
  readonly of: (batch: Batch) => ReadonlyMap<string, HostTensor>
  readonly forget: () => void
}

export class Evaluator {
  private readonly options: EvaluatorOptions
  /** Graphs are cached, because a runner plans each graph object once. */
  private readonly graphs = new Map<string, Graph>()

  constructor(options: EvaluatorOptions) {
    this.options = options
  }

  /** Runs one tap of a model on one batch, in evaluation mode. */
  tap(instance: string, path: string, batch: Batch): HostTensor {
    const value = this.taps(instance, [path], batch).get(path)
    if (!value) throw new Error(`no tap ${path} of ${instance}`)
    return value
  }

  /** The values of the head's taps for a batch, from which scores are computed. */
  answerValues(output: HeadOutput, batch: Batch): TapValues {
    const { instance, path, endPath } = output
    const values = this.taps(instance.name, answerPaths(output), batch)
    const value = values.get(path)
    if (!value) throw new Error(`no tap ${path} of ${instance.name}`)
    const end = values.get(endPath ?? '')
    return { value, ...(end ? { end } : {}) }
  }

  private taps(instance: string, paths: readonly string[], batch: Batch): ReadonlyMap<string, HostTensor> {
    return this.run(this.graph(instance, paths), batch)
  }

  /** What computes taps of a model, in evaluation mode. */
  graph(instance: string, paths: readonly string[]): Graph {
    const id = [instance, ...paths].join(' ')
    let graph = this.graphs.get(id)
    if (!graph) {
      graph = this.options.compileTaps(this.options.program, instance, paths)
      this.graphs.set(id, graph)
    }
    return graph
  }

  private run(graph: Graph, batch: Batch): ReadonlyMap<string, HostTensor> {
    return this.options.runner.run(graph, {
      sizes: { B: batch.B, L: batch.L },
      inputs: batch.inputs,
      parameter: this.options.store.get,
      random: { seed: 0, stage: 'evaluation', step: 0 },
    })
  }

  /**
   * Taps of a model for a batch, averaged over the attended tokens of each example; those with one number for
   * each token are not. After `forget` the runner keeps nothing of them.
   */
  averages(instance: string, paths: readonly string[]): Averages {
    const { program, compileTaps, runner } = this.options
    const graph = compileTaps(program, instance, paths, { averaged: true })
    return { of: (batch) => this.run(graph, batch), forget: () => runner.forget?.(graph) }
  }

  /** The answers of a head on a split. */
  answers(output: HeadOutput, data: string, split: SplitName, { book, recurs }: AnswerOptions = {}): Answers {
    const keeping = book?.keeping(output, data, split)
    const make = (): Answered => this.collect(output, data, split, keeping)
    const figures = recurs ? this.options.figures : undefined
    const { answers, record } = figures?.answers(this.keyOf(output, data, split, keeping), make) ?? make()
    if (book && record) book.add({ model: output.instance.name, data, split, record })
    return answers
  }

  private collect(output: HeadOutput, data: string, split: SplitName, keeping?: Keeping): Answered {
    const { data: provider, limit, cluster = alone } = this.options
    const { together, scored, collector } = tasks[output.kind]
    const size = together(output.classes)
    const collected = collector(output.classes, provider.dataset(data).labels ?? [], keeping)
    const batchOf = (examples: readonly Example[]): Batch =>
      provider.batch(data, examples, { seed: 0, stage: 'evaluation', step: 0 })
    const valuesOf = (examples: readonly Example[]): TapValues => {
      const batch = batchOf(examples)
      const values = this.answerValues(output, batch)
      return scored?.(values, batch) ?? values
    }
    const batches = provider.evaluation(data, split, size).slice(0, limit)
    for (const [examples, values] of shareOut(cluster, batches, valuesOf, 'its answers'))
      collected.add(values, batchOf(examples))
    return { answers: collected.answers(), record: keeping && collected.record?.() }
  }

  /** Everything that decides the answers of a head. */
  private keyOf(output: HeadOutput, data: string, split: SplitName, keeping?: Keeping): string {
    const { program, store, runner, data: provider, limit } = this.options
    const graph = this.graph(output.instance.name, answerPaths(output))
    const read = graph.nodes.flatMap(({ op, attributes }) =>
      op === 'parameter' ? String(attributes.name) : [],
    )
    return structuralText([
      [runner.name, limit, output.kind, output.classes, graphText(graph)],
      read.map((name) => [name, hashOf(store.get(name))]),
      [program.data.get(data), provider.fingerprint(data), split, keeping !== undefined],
    ])
  }
}
