/**
 * What the Hub calls each kind of task and metric, and how a folder that answers it is used. A line of a
 * snippet is in a model card only where the folder has what it loads.
 */
import type { MetricName } from '../../check/metric-names.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import type { HeadKind } from '../../weights/transformers/families.ts'

/**
 * What a folder answers: a kind of task; a vector for each text, or states of tokens, where it has no head.
 */
export type AnswerKind = TaskKind | 'vector' | 'states'

export interface HubTask {
  /** The `pipeline_tag`, which is what `pipeline(...)` of transformers takes. */
  readonly pipeline: string
  readonly title: string
  /** Arguments of Python's call of the pipeline, and of its making. */
  readonly python: { readonly make?: string; readonly call: string; readonly pair?: string }
  /**
   * Arguments of the call in transformers.js. Absent if its pipeline computes something else. It makes the
   * only logit of a regressor a probability.
   */
  readonly javascript?: string
}

const text = '"A text."'
const masked = '"A text with a [MASK]."'
const question = ['"Which question?"', '"A text that has the answer."'] as const
const pair = '{"text": "One text.", "text_pair": "Another one."}'

export const hubTasks: { readonly [Kind in Exclude<AnswerKind, 'vector'>]: HubTask } = {
  class: {
    pipeline: 'text-classification',
    title: 'Text Classification',
    python: { call: text, pair },
    javascript: text,
  },
  number: {
    pipeline: 'text-classification',
    title: 'Text Classification',
    // Versions of transformers differ in what they apply to the only logit.
    python: { make: ', function_to_apply="none"', call: text, pair },
  },
  tags: {
    pipeline: 'token-classification',
    title: 'Token Classification',
    // A word has the tag of its first piece.
    python: { make: ', aggregation_strategy="first"', call: text },
    javascript: text,
  },
  span: {
    pipeline: 'question-answering',
    title: 'Question Answering',
    python: { call: `question=${question[0]}, context=${question[1]}` },
    javascript: question.join(', '),
  },
  masked: {
    pipeline: 'fill-mask',
    title: 'Fill-Mask',
    python: { call: masked },
    javascript: masked,
  },
  states: {
    pipeline: 'feature-extraction',
    title: 'Feature Extraction',
    python: { call: text },
    javascript: text,
  },
}

const answersOfHeads: { readonly [Kind in HeadKind]?: TaskKind } = {
  classifier: 'class',
  first_token_classifier: 'class',
  regressor: 'number',
  token_classifier: 'tags',
  span: 'span',
  masked_lm: 'masked',
  mobilebert_masked_lm: 'masked',
}

/** What a class with these heads answers; undefined for the next sentence, for which there is no pipeline. */
export function answerOf(heads: readonly HeadKind[]): AnswerKind | undefined {
  return heads.length === 0 ? 'states' : heads.flatMap((head) => answersOfHeads[head] ?? [])[0]
}

/**
 * `pipeline_tag`
 * @param known whether the folder is of a library of Python too
 */
export function pipelineOf(kind: AnswerKind, known: boolean): string {
  if (kind !== 'vector') return hubTasks[kind].pipeline
  return known ? 'sentence-similarity' : hubTasks.states.pipeline
}

/** Classes of transformers that transformers.js 4.3.2 does not have. */
export const notInJavascript: ReadonlySet<string> = new Set([
  'AlbertForTokenClassification',
  'MobileBertForTokenClassification',
])

/** Names of https://hf.co/metrics. */
export const hubMetrics: { readonly [Name in MetricName]: string } = {
  accuracy: 'accuracy',
  f1: 'f1',
  macro_f1: 'f1',
  micro_f1: 'f1',
  matthews: 'matthews_correlation',
  mse: 'mse',
  pearson: 'pearsonr',
  spearman: 'spearmanr',
  perplexity: 'perplexity',
  masked_accuracy: 'accuracy',
  entity_f1: 'f1',
  entity_precision: 'precision',
  entity_recall: 'recall',
  tag_accuracy: 'accuracy',
  exact_match: 'exact_match',
  span_f1: 'f1',
}
