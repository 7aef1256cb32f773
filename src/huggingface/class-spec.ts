/** The text of a spec for the model in a folder. */
import type { ModelDescription } from '../weights/transformers/config.ts'
import type { HeadKind } from '../weights/transformers/families.ts'

/** `task = classifier(3)` */
export interface NamedHead {
  readonly name: string
  readonly kind: HeadKind
  /** As the call is written. */
  readonly call: string
}

const headNames: Readonly<Record<HeadKind, string>> = {
  classifier: 'task',
  first_token_classifier: 'task',
  regressor: 'score',
  token_classifier: 'task',
  span: 'answer',
  masked_lm: 'mlm',
  mobilebert_masked_lm: 'mlm',
  sentence_order: 'order',
}

/**
 * The heads of the class, under the given names or the usual ones.
 * @param labels the argument of a classifier
 * @param before the function that a head on the pooled state applies to it
 */
export function headsOf(
  { family, modelClass, tied }: ModelDescription,
  labels: string,
  names: ReadonlyMap<string, string> = new Map(),
  before: string | undefined = modelClass.before,
): NamedHead[] {
  const pooled = before === undefined ? [] : [`before = ${before}`]
  return modelClass.heads.map((kind) => {
    const given: Readonly<Record<HeadKind, readonly string[]>> = {
      classifier: [labels, ...pooled],
      first_token_classifier: [labels],
      regressor: pooled,
      token_classifier: [labels],
      span: family.type === 'distilbert' ? ['rate = 10%'] : [],
      masked_lm: tied ? ['tied = embedding.word'] : [],
      mobilebert_masked_lm: tied ? [] : ['decoder = none'],
      sentence_order: [],
    }
    return { name: names.get(kind) ?? headNames[kind], kind, call: `${kind}(${given[kind].join(', ')})` }
  })
}

export interface ModelTextOptions {
  readonly pooler: boolean
  /** What its vocabulary is written as, where it is no number. */
  readonly vocabulary?: string | undefined
  /** Differences between the class and the model of std/ are written, too. */
  readonly published?: boolean
}

/**
 * `model NAME = bert_base with { ... }` with all sizes, so that it does not depend on defaults of the
 * library.
 * @param vocabulary the text of its vocabulary, if that is no number
 */
export function modelText(
  name: string,
  { family, sizes, activation, forms }: ModelDescription,
  { pooler, vocabulary, published = false }: ModelTextOptions,
): string {
  const settings = [...sizes].map(
    ([setting, value]) => `${setting} = ${setting === 'vocabulary' ? (vocabulary ?? value) : value}`,
  )
  // ALBERT's class maps the embedding even if both sizes are equal.
  const mapped = family.type === 'albert' && sizes.get('embedding_size') === sizes.get('hidden_size')
  const structure = forms.flatMap(({ lines }, k) => (pooler || !family.choices[k]?.pooler ? lines : []))
  const lines = [
    ...settings,
    ...(mapped ? ['input = linear(embedding.output, hidden_size)'] : []),
    `activation = ${activation}`,
    ...structure,
    ...(published ? family.published : []),
    ...(family.type !== 'distilbert' && !pooler ? ['without pooler'] : []),
  ]
  return `model ${name} = ${family.model} with {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`
}

/** Has a folder of the class a pooler? One without parameters is in no list of tensors. */
export function hasPooler({ family, forms }: ModelDescription, tensors: readonly string[]): boolean {
  const parameterless = family.choices.some(({ pooler }, k) => pooler && forms[k]?.lines.length === 0)
  return parameterless || tensors.some((name) => name.includes('pooler'))
}

export function importsText({ family }: ModelDescription, heads: readonly NamedHead[]): string {
  const libraryOf = (kind: HeadKind): string =>
    kind === 'mobilebert_masked_lm' ? 'std/mobilebert.distill' : 'std/heads.distill'
  const names = new Map([[family.library, new Set([family.model])]])
  for (const { kind } of heads) {
    const library = libraryOf(kind)
    names.set(library, (names.get(library) ?? new Set()).add(kind))
  }
  return [...names]
    .map(([library, imported]) => `import { ${[...imported].join(', ')} } from "${library}"`)
    .join('\n')
}

export function headsText(heads: readonly NamedHead[]): string {
  return heads.length === 0
    ? ''
    : `heads { ${heads.map(({ name, call }) => `${name} = ${call}`).join(', ')} }`
}
