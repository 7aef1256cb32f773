/** What the heads of models answer, and which data blocks have such answers. */
import { type AnswerKind, type MetricName, metricsOf } from './metric-names.ts'
import type { DataSpec, ModelInstance } from './program.ts'
import type { Term } from './tensor-term.ts'

/** A tap of a head that gives answers. */
export interface HeadOutput {
  readonly instance: ModelInstance
  readonly head: string
  /** `task.logits`, `score.value` */
  readonly path: string
  /** Of a span head: `path` is where answers start, this where they end. */
  readonly endPath?: string
  readonly kind: AnswerKind
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
export function dataFor(
  blocks: ReadonlyMap<string, DataSpec>,
  output: HeadOutput,
  preferred?: string,
): DataSpec | undefined {
  const fitting = [...blocks.values()].filter((data) => fits(data, output))
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

/** In the order in which a score is looked for: heads with more of the wanted metrics first, else as declared. */
export function byMetrics(outputs: readonly HeadOutput[], wanted: readonly string[]): HeadOutput[] {
  return outputs.toSorted((a, b) => wantedOf(b, wanted).length - wantedOf(a, wanted).length)
}

/** The metrics among these that a head's answers have, in the order in which they are wanted. */
export function wantedOf({ kind }: HeadOutput, wanted: readonly string[]): MetricName[] {
  const own = metricsOf(kind)
  return wanted.flatMap((name) => own.find((metric) => metric === name) ?? [])
}
