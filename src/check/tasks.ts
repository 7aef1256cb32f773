/**
 * The kinds of tasks, with what the checker needs of each: the head that answers it, and the data on which it
 * is measured. The records in src/train/tasks contain these, and the code that reads data, trains and
 * predicts.
 */
import type { MetricName } from './metric-names.ts'
import type { DataSpec, LabelSource, ModelInstance } from './program.ts'
import type { TaskKind } from './task-kinds.ts'
import type { Term } from './tensor-term.ts'

/** A tap of a head that gives answers. */
export interface HeadOutput {
  readonly instance: ModelInstance
  readonly head: string
  /** `task.logits`, `score.value` */
  readonly path: string
  /** For a span head: `path` has the scores of starts, this those of ends. */
  readonly endPath?: string
  readonly kind: TaskKind
  /** 1 for a number. */
  readonly classes: number
  /** `labels labelled.label`, `vocabulary weights/bert-base`, `2 classes`; absent for numbers. */
  readonly identity?: string
}

export type Answer = Pick<HeadOutput, 'path' | 'endPath' | 'classes' | 'identity'>

export interface TaskFacts {
  /** The answers of such a head in messages: `classes`. */
  readonly answers: string
  /** The metric for a spec that names none. */
  readonly metric: MetricName
  /** The answer of a tap; undefined if its head is of another kind. */
  readonly answer: (path: string, taps: ReadonlyMap<string, Term>) => Answer | undefined
  /** Whether a data block has the answers of such a head, held out or not. */
  readonly suits: (data: DataSpec, output: HeadOutput) => boolean
  /** Whether the answers are named labels. A folder of weights may have its own order of them. */
  readonly named: boolean
}

export const taskFacts: { readonly [Kind in TaskKind]: TaskFacts } = {
  class: {
    answers: 'classes',
    metric: 'accuracy',
    named: true,
    answer: (path, taps) => classes(path, taps.get(path), 'example class'),
    suits: ({ label }, output) => label?.kind === 'class' && sameCount(label, output),
  },
  number: {
    answers: 'numbers',
    metric: 'pearson',
    named: false,
    answer: (path, taps) => (axesOf(taps.get(path)) === 'example' ? { path, classes: 1 } : undefined),
    suits: ({ label }) => label?.kind === 'number',
  },
  tags: {
    answers: 'tags of words',
    metric: 'entity_f1',
    named: true,
    answer(path, taps) {
      const answer = classes(path, taps.get(path), 'example token class')
      return answer?.identity?.startsWith('vocabulary') ? undefined : answer
    },
    suits: ({ label }, output) => label?.kind === 'tags' && sameCount(label, output),
  },
  span: {
    answers: 'parts of texts',
    metric: 'span_f1',
    named: false,
    /** The taps `start` and `end`, each with a score for each token. */
    answer(path, taps) {
      const [, head] = /^(.+)\.(?:start|end)$/.exec(path) ?? []
      const [start, end] = [`${head}.start`, `${head}.end`]
      const both = [start, end].every((one) => axesOf(taps.get(one)) === 'example token')
      return both ? { path: start, endPath: end, classes: 1 } : undefined
    },
    suits: ({ label }) => label?.kind === 'span',
  },
  masked: {
    answers: 'masked tokens',
    metric: 'perplexity',
    named: false,
    answer(path, taps) {
      const answer = classes(path, taps.get(path), 'example token class')
      return answer?.identity?.startsWith('vocabulary') ? answer : undefined
    },
    suits: ({ mask, vocabulary }, { identity }) => mask !== undefined && vocabulary.name === identity,
  },
}

/** `example token unit` of a real tensor. */
export function axesOf(term: Term | undefined): string | undefined {
  return term?.type === 'real' ? term.axes.map(({ axis }) => axis).join(' ') : undefined
}

function classes(path: string, term: Term | undefined, shape: string): Answer | undefined {
  const last = term?.axes.at(-1)
  if (axesOf(term) !== shape || typeof last?.size !== 'number') return undefined
  return { path, classes: last.size, ...(last.identity ? { identity: last.identity.name } : {}) }
}

function sameCount({ labels }: Extract<LabelSource, { labels?: unknown }>, { classes: count }: HeadOutput) {
  return labels === undefined || labels.length === count
}
