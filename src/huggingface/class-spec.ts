/** The text of a spec for a model that a folder describes. */
import path from 'node:path'
import { type CheckResult, checkFile } from '../check/check.ts'
import { readFromDisk } from '../check/files.ts'
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
  sentence_order: 'order',
}

/**
 * The heads of the class, under the names given or usual ones.
 * @param labels what a classifier is called with
 * @param before what a head on the pooled state applies to it
 */
export function headsOf(
  { family, modelClass }: ModelDescription,
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
      masked_lm: ['tied = embedding.word'],
      sentence_order: [],
    }
    return { name: names.get(kind) ?? headNames[kind], kind, call: `${kind}(${given[kind].join(', ')})` }
  })
}

/**
 * `model NAME = bert_base with { ... }`: every size, so that no default of the library matters.
 * @param vocabulary what its vocabulary is written as, where it is no number
 */
export function modelText(
  name: string,
  { family, sizes, activation }: ModelDescription,
  pooler: boolean,
  vocabulary?: string,
): string {
  const settings = [...sizes].map(
    ([setting, value]) => `  ${setting} = ${setting === 'vocabulary' ? (vocabulary ?? value) : value}`,
  )
  const without = family.type !== 'distilbert' && !pooler ? ['  without pooler'] : []
  // The class maps the embedding also where no map is needed.
  const mapped = family.type === 'albert' && sizes.get('embedding_size') === sizes.get('hidden_size')
  if (mapped) settings.push('  input = linear(embedding.output, hidden_size)')
  return `model ${name} = ${family.model} with {\n${[...settings, `  activation = ${activation}`, ...without].join('\n')}\n}`
}

export function importsText({ family }: ModelDescription, heads: readonly NamedHead[]): string {
  const kinds = [...new Set(heads.map(({ kind }) => kind))]
  const lines = [`import { ${family.model} } from "std/bert.distill"`]
  if (kinds.length > 0) lines.push(`import { ${kinds.join(', ')} } from "std/heads.distill"`)
  return lines.join('\n')
}

export function headsText(heads: readonly NamedHead[]): string {
  return heads.length === 0
    ? ''
    : `heads { ${heads.map(({ name, call }) => `${name} = ${call}`).join(', ')} }`
}

/** Checks a text as if it stood in `file`: what it names is looked for from there. */
export function checkText(file: string, text: string): CheckResult {
  const spec = path.resolve(file)
  return checkFile(spec, { reader: (asked) => (path.resolve(asked) === spec ? text : readFromDisk(asked)) })
}
