/**
 * The task of a new spec, whose student learns from the teacher's answers: the data that the head needs, a
 * loss with soft targets, and metrics.
 */

import { schemeOf } from '../check/tag-schemes.ts'
import type { ModelDescription } from '../weights/transformers/config.ts'
import type { NamedHead } from './class-spec.ts'

export interface Task {
  /** The head whose answers are used. Other heads of the class need data of their own. */
  readonly head: NamedHead
  /** Lines of the data block: files, text and label. */
  readonly data: readonly string[]
  /** Pieces of a text, if the model has that many positions. */
  readonly longest: number
  readonly loss: string
  /** What the loss imports from std/losses.distill. */
  readonly imports: readonly string[]
  readonly metrics: readonly string[]
  /** The text for the model's vocabulary, if scores require that it is the data's. */
  readonly vocabulary?: string
}

interface FolderFacts {
  readonly maxLength: (longest: number) => number
  /** Whether each row of the embedding is a piece of the folder's vocabulary. */
  readonly everyRowIsPiece: boolean
}

/**
 * The task of the first head. A text with the reason if the language has no data for the head. Undefined for
 * an encoder without heads.
 */
export function taskOf(
  model: ModelDescription,
  [head]: readonly NamedHead[],
  { maxLength, everyRowIsPiece }: FolderFacts,
): Task | string | undefined {
  if (head === undefined) return undefined
  const at = (name: string): string => `S.${head.name}.${name}, T.${head.name}.${name}`
  const soft = (name: string): string => `soften(${at(name)}, temperature = 2)`
  const quoted = (labels: readonly string[]): string =>
    labels.map((label) => JSON.stringify(label)).join(', ')
  const tsv = 'train = "train.tsv", validation = "validation.tsv", text = column("text")'
  const [longest, imports] = [128, ['soften']]
  switch (head.kind) {
    case 'classifier':
    case 'first_token_classifier': {
      const label = `label = class(column("label"), [${quoted(model.labels ?? ['LABEL_0', 'LABEL_1'])}])`
      return { head, data: [tsv, label], longest, loss: soft('logits'), imports, metrics: ['accuracy'] }
    }
    case 'regressor': {
      const data = [tsv, 'label = number(column("label"))']
      return { head, data, longest, loss: `mse(${at('value')})`, imports: [], metrics: ['pearson'] }
    }
    case 'token_classifier': {
      const labels = model.labels ?? []
      const scheme = schemeOf(labels)
      if (scheme === undefined || labels.length < 2)
        return `its labels are not O, B-X and I-X, as tags are (${labels.find((label) => !schemeOf([label])) ?? 'config.json names none'}), so no loss reads its answers`
      const files = 'train = "train.conll", validation = "validation.conll", text = column("tokens")'
      const data = [files, `label = tags(column("tags"), [${quoted(labels)}], scheme = ${scheme})`]
      const loss = `${soft('logits')} where first_piece`
      return { head, data, longest, loss, imports, metrics: ['entity_f1', 'tag_accuracy'] }
    }
    case 'span': {
      // BERT's 384, 128 and 64, scaled if there are fewer positions.
      const whole = maxLength(384)
      const [stride, question] = [Math.ceil(whole / 3), Math.ceil(whole / 6)]
      const data = [
        'train = "train.json", validation = "validation.json", text = [column("question"), column("context")]',
        `label = span(stride = ${stride}, question = ${question})`,
      ]
      const loss = `0.5 * (${soft('start')} + ${soft('end')})`
      return { head, data, longest: 384, loss, imports, metrics: ['exact_match', 'span_f1'] }
    }
    case 'masked_lm':
    case 'mobilebert_masked_lm': {
      const data = [
        'train = "train.txt", validation = "validation.txt", text = lines',
        'mask { probability = 15%, replace = [80%, 10%, 10%] }',
      ]
      const loss = `${soft('logits')} where masked`
      if (!everyRowIsPiece) return { head, data, longest, loss, imports, metrics: [] }
      const metrics = ['perplexity', 'masked_accuracy']
      return { head, data, longest, loss, imports, metrics, vocabulary: 'texts.vocabulary' }
    }
    case 'sentence_order':
      return undefined
  }
}
