/**
 * The answers of a model's heads on a data split. In evaluation mode there is no dropout, and masks of a
 * masked language model are always the same.
 */
import { answerPaths } from '../check/head-outputs.ts'
import type { Program } from '../check/program.ts'
import type { HeadOutput } from '../check/tasks.ts'
import type { Batch, Dataset, SplitName } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import type { compileTaps } from '../lower/stage.ts'
import type { HostTensor, Runner } from '../run/runner.ts'
import type { DataProvider } from './feed.ts'
import type { AnswerBook } from './kept/answer-book.ts'
import type { Answers } from './metrics/metric.ts'
import type { ParameterStore } from './parameters.ts'
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
    const id = [instance, ...paths].join(' ')
    let graph = this.graphs.get(id)
    if (!graph) {
      graph = this.options.compileTaps(this.options.program, instance, paths)
      this.graphs.set(id, graph)
    }
    return this.run(graph, batch)
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

  /** The answers of a head on a split. `book`: where single answers are kept. */
  answers(output: HeadOutput, data: string, split: SplitName, book?: AnswerBook): Answers {
    const provider = this.options.data
    const { together, collector } = tasks[output.kind]
    const size = together(output.classes)
    const batches = provider.evaluation(data, split, size).slice(0, this.options.limit)
    const collected = collector(
      output.classes,
      provider.dataset(data).labels ?? [],
      book?.keeping(output, data, split),
    )
    for (const examples of batches) {
      const batch = provider.batch(data, examples, { seed: 0, stage: 'evaluation', step: 0 })
      collected.add(this.answerValues(output, batch), batch)
    }
    const record = book && collected.record?.()
    if (record) book.add({ model: output.instance.name, data, split, record })
    return collected.answers()
  }
}
