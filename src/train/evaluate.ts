/**
 * Scores of a model on a data split: which head answers what, which data fits a head, and the answers themselves. Evaluation mode: no dropout;
 * masks of a masked language model are the same every time.
 */
import type { DataSpec, ModelInstance, Program, Term } from '../check/program.ts'
import type { Batch, Dataset, SplitName } from '../data/dataset.ts'
import type { Graph } from '../graph/graph.ts'
import type { compileTaps } from '../lower/stage.ts'
import type { HostTensor, Runner } from '../run/runner.ts'
import type { DataProvider } from './feed.ts'
import type { Answers } from './metrics/metric.ts'
import type { ParameterStore } from './parameters.ts'

/** A tap of a head that gives answers. */
export interface HeadOutput {
  readonly instance: ModelInstance
  readonly head: string
  /** `task.logits`, `score.value` */
  readonly path: string
  readonly kind: Answers['kind']
  /** 1 for a number. */
  readonly classes: number
  /** `labels labelled.label`, `vocabulary weights/bert-base`, `2 classes`; absent for numbers. */
  readonly identity?: string
}

/** The outputs of a model's heads that a metric can be computed from, in the order of the heads. */
export function headOutputs(instance: ModelInstance): HeadOutput[] {
  return [...instance.heads.keys()].flatMap((head) => {
    const taps = [...instance.taps].filter(([path]) => path.startsWith(`${head}.`))
    for (const [path, term] of taps.reverse()) {
      const output = answerOf(term)
      if (output) return [{ instance, head, path, ...output }]
    }
    return []
  })
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
  if (!data.validation && !data.test) return false
  const { label } = data
  if (output.kind === 'masked') return data.mask !== undefined && data.vocabulary.name === output.identity
  if (output.kind === 'number') return label?.kind === 'number'
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
    const id = `${instance} ${path}`
    let graph = this.graphs.get(id)
    if (!graph) {
      graph = this.options.compileTaps(this.options.program, instance, [path])
      this.graphs.set(id, graph)
    }
    const outputs = this.options.runner.run(graph, {
      sizes: { B: batch.B, L: batch.L },
      inputs: batch.inputs,
      parameter: this.options.store.get,
      random: { seed: 0, stage: 'evaluation', step: 0 },
    })
    const value = outputs.get(path)
    if (!value) throw new Error(`no tap ${path} of ${instance}`)
    return value
  }

  /** The answers of a head on a split. */
  answers(output: HeadOutput, data: string, split: SplitName): Answers {
    const provider = this.options.data
    // A vocabulary's logits are large: about 16 million of them at a time.
    const size =
      output.kind === 'masked' ? Math.max(1, Math.min(32, Math.floor(16e6 / (output.classes * 64)))) : 64
    const batches = provider.evaluation(data, split, size).slice(0, this.options.limit)
    const collect = new AnswerCollector(output)
    for (const examples of batches) {
      const batch = provider.batch(data, examples, { seed: 0, stage: 'evaluation', step: 0 })
      collect.add(this.tap(output.instance.name, output.path, batch), batch)
    }
    return collect.answers()
  }
}

class AnswerCollector {
  private readonly output: HeadOutput
  private readonly predicted: number[] = []
  private readonly actual: number[] = []
  private loss = 0
  private correct = 0
  private positions = 0

  constructor(output: HeadOutput) {
    this.output = output
  }

  add(value: HostTensor, batch: Batch): void {
    const { kind, classes } = this.output
    const { data } = value
    if (kind === 'masked') {
      const original = batch.inputs.get('batch.original')?.data
      if (!original) throw new Error('the batch has no masked tokens')
      for (let row = 0; row < original.length; row++) {
        const label = original[row] ?? -100
        if (label < 0) continue
        const logits = data.subarray(row * classes, (row + 1) * classes)
        this.positions++
        this.loss += logSumExp(logits) - (logits[label] ?? 0)
        if (argmax(logits) === label) this.correct++
      }
      return
    }
    const labels = batch.inputs.get('batch.label')?.data
    if (!labels) throw new Error('the batch has no labels')
    for (let row = 0; row < batch.B; row++) {
      this.actual.push(labels[row] ?? 0)
      this.predicted.push(
        kind === 'number' ? (data[row] ?? 0) : argmax(data.subarray(row * classes, (row + 1) * classes)),
      )
    }
  }

  answers(): Answers {
    const { kind, classes } = this.output
    switch (kind) {
      case 'masked':
        return { kind, loss: this.loss, correct: this.correct, positions: this.positions }
      case 'number':
        return { kind, predicted: Float64Array.from(this.predicted), actual: Float64Array.from(this.actual) }
      case 'class':
        return {
          kind,
          predicted: Int32Array.from(this.predicted),
          actual: Int32Array.from(this.actual),
          classes,
        }
    }
  }
}

type Numbers = HostTensor['data']

export function argmax(values: Numbers): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i
  return best
}

function logSumExp(values: Numbers): number {
  let largest = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > largest) largest = value
  let sum = 0
  for (const value of values) sum += Math.exp(value - largest)
  return largest + Math.log(sum)
}

/** Probabilities of logits. */
export function softmax(values: Numbers): number[] {
  const total = logSumExp(values)
  return Array.from(values, (value) => Math.exp(value - total))
}
