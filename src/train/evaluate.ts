/**
 * Scores of a model on a data split: which head answers what, which data fits a head, and the answers themselves. Evaluation mode: no dropout;
 * masks of a masked language model are the same every time.
 */
import type { DataSpec, ModelInstance, Program } from '../check/program.ts'
import type { Term } from '../check/tensor-term.ts'
import type { Batch, Dataset, SplitName } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import type { compileTaps } from '../lower/stage.ts'
import type { HostTensor, Runner } from '../run/runner.ts'
import { AnswerCollector } from './answers.ts'
import type { DataProvider } from './feed.ts'
import type { Answers } from './metrics/metric.ts'
import type { ParameterStore } from './parameters.ts'

/** A tap of a head that gives answers. */
export interface HeadOutput {
  readonly instance: ModelInstance
  readonly head: string
  /** `task.logits`, `score.value` */
  readonly path: string
  /** Of a span head: `path` is where answers start, this where they end. */
  readonly endPath?: string
  readonly kind: Answers['kind']
  /** 1 for a number. */
  readonly classes: number
  /** `labels labelled.label`, `vocabulary weights/bert-base`, `2 classes`; absent for numbers. */
  readonly identity?: string
}

/** The outputs of a model's heads that a metric can be computed from, in the order of the heads. */
export function headOutputs(instance: ModelInstance): HeadOutput[] {
  return [...instance.heads.keys()].flatMap((head) => {
    const spans = spanOutput(instance, head)
    if (spans) return [spans]
    const taps = [...instance.taps].filter(([path]) => path.startsWith(`${head}.`))
    for (const [path, term] of taps.reverse()) {
      const output = answerOf(term)
      if (output) return [{ instance, head, path, ...output }]
    }
    return []
  })
}

/** The taps that scores of a head read, in one run. */
export function answerPaths({ path, endPath }: HeadOutput): string[] {
  return endPath === undefined ? [path] : [path, endPath]
}

/** A head whose taps `start` and `end` are a score for each token. */
function spanOutput(instance: ModelInstance, head: string): HeadOutput | undefined {
  const [path, endPath] = [`${head}.start`, `${head}.end`]
  const scoresTokens = (term: Term | undefined): boolean =>
    term?.type === 'real' && term.axes.map(({ axis }) => axis).join(' ') === 'example token'
  if (![path, endPath].every((one) => scoresTokens(instance.taps.get(one)))) return undefined
  return { instance, head, path, endPath, kind: 'spans', classes: 1 }
}

function answerOf(term: Term): Pick<HeadOutput, 'kind' | 'classes' | 'identity'> | undefined {
  if (term.type !== 'real') return undefined
  const shape = term.axes.map(({ axis }) => axis).join(' ')
  if (shape === 'example') return { kind: 'number', classes: 1 }
  const last = term.axes.at(-1)
  if (last?.axis !== 'class' || typeof last.size !== 'number') return undefined
  const identity = last.identity ? { identity: last.identity.name } : {}
  if (shape === 'example class') return { kind: 'class', classes: last.size, ...identity }
  if (shape === 'example token class' && last.identity?.name.startsWith('vocabulary')) {
    return { kind: 'masked', classes: last.size, ...identity }
  }
  if (shape === 'example token class') return { kind: 'tags', classes: last.size, ...identity }
  return undefined
}

/** The data block that a head can be scored on: `preferred` if it fits, else the one its classes come from, else the first that fits. */
export function dataFor(program: Program, output: HeadOutput, preferred?: string): DataSpec | undefined {
  const fitting = [...program.data.values()].filter((data) => fits(data, output))
  const source = /^labels (.+)\.label$/.exec(output.identity ?? '')?.[1]
  return (
    fitting.find(({ name }) => name === preferred) ??
    fitting.find(({ name }) => name === source) ??
    fitting[0]
  )
}

/** Does a data block have a held-out file with answers of the head's kind? */
export function fits(data: DataSpec, output: HeadOutput): boolean {
  return (data.validation !== undefined || data.test !== undefined) && suits(data, output)
}

/** Are the answers of a data block, held out or not, of the head's kind? */
export function suits(data: DataSpec, output: HeadOutput): boolean {
  const { label } = data
  if (output.kind === 'masked') return data.mask !== undefined && data.vocabulary.name === output.identity
  if (output.kind === 'spans') return label?.kind === 'span'
  if (output.kind === 'number') return label?.kind === 'number'
  if (output.kind === 'tags') return label?.kind === 'tags' && label.labels.length === output.classes
  if (label?.kind !== 'class' && label?.kind !== 'class-file') return false
  return label.labels === undefined || label.labels.length === output.classes
}

/** Where scores are read while training: validation, else test. */
export function validationSplit(dataset: Dataset): SplitName | undefined {
  return (['validation', 'test'] as const).find((split) => (dataset.splits.get(split)?.length ?? 0) > 0)
}

/** Where the final table reads scores: test, else validation. */
export function finalSplit(dataset: Dataset): SplitName | undefined {
  return (['test', 'validation'] as const).find((split) => (dataset.splits.get(split)?.length ?? 0) > 0)
}

export interface EvaluatorOptions {
  readonly program: Program
  readonly store: ParameterStore
  readonly runner: Runner
  readonly data: DataProvider
  readonly compileTaps: typeof compileTaps
  /** At most so many batches: a dry run. */
  readonly limit?: number
}

export class Evaluator {
  private readonly options: EvaluatorOptions
  /** Graphs are kept, because runners plan a graph once, by identity. */
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

  /** What the taps of a head that scores read say of a batch: the second is where spans end. */
  answerValues(output: HeadOutput, batch: Batch): readonly [HostTensor, HostTensor | undefined] {
    const { instance, path, endPath } = output
    const values = this.taps(instance.name, answerPaths(output), batch)
    const value = values.get(path)
    if (!value) throw new Error(`no tap ${path} of ${instance.name}`)
    return [value, values.get(endPath ?? '')]
  }

  private taps(instance: string, paths: readonly string[], batch: Batch): ReadonlyMap<string, HostTensor> {
    const id = [instance, ...paths].join(' ')
    let graph = this.graphs.get(id)
    if (!graph) {
      graph = this.options.compileTaps(this.options.program, instance, paths)
      this.graphs.set(id, graph)
    }
    return this.options.runner.run(graph, {
      sizes: { B: batch.B, L: batch.L },
      inputs: batch.inputs,
      parameter: this.options.store.get,
      random: { seed: 0, stage: 'evaluation', step: 0 },
    })
  }

  /** The answers of a head on a split. */
  answers(output: HeadOutput, data: string, split: SplitName): Answers {
    const provider = this.options.data
    // A vocabulary's logits are large: about 16 million of them at a time.
    const size =
      output.kind === 'masked' ? Math.max(1, Math.min(32, Math.floor(16e6 / (output.classes * 64)))) : 64
    const batches = provider.evaluation(data, split, size).slice(0, this.options.limit)
    const collect = new AnswerCollector(output, provider.dataset(data).labels ?? [])
    for (const examples of batches) {
      const batch = provider.batch(data, examples, { seed: 0, stage: 'evaluation', step: 0 })
      const [value, end] = this.answerValues(output, batch)
      collect.add(value, batch, end)
    }
    return collect.answers()
  }
}
