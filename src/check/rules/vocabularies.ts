/** The models of a stage and its data must have one vocabulary. */
import type { Span } from '../../diagnostics/diagnostic.ts'
import { differentVocabularies } from '../../diagnostics/messages/data.ts'
import type { Checker } from '../checker.ts'
import { vocabularySize } from '../data-tokenizer.ts'
import type { DataSpec } from '../program.ts'
import type { StageLoss } from '../stage-parts.ts'
import type { Instance } from '../values.ts'
import type { Rule } from './rule.ts'

interface Vocabulary {
  readonly name: string
  readonly text: string
  readonly size?: number
  readonly identity?: string
  readonly span: Span
}

/**
 * All models of a stage read the same token ids, and those of the data on which `evaluate` scores them. If
 * two vocabularies are named, the names must agree, otherwise the sizes. A model may have more entries than
 * the data's tokenizer, not fewer.
 */
export const vocabularies: Rule = ({ checker, stages }, reporter) => {
  for (const { loss, data, training, settings } of stages) {
    if (loss) checkVocabularies(checker, loss, data, reporter)
    const trained = loss?.instances.filter(({ name }) => training?.owners.has(name)) ?? []
    const scoring = new Map(settings.metrics.flatMap(({ on }) => (on ? [[on.data, on.span]] : [])))
    for (const [block, span] of scoring)
      if (block !== data)
        compareWithData(
          checker,
          trained.flatMap((one) => modelVocabulary(one)),
          block,
          span,
          reporter,
        )
  }
}

function checkVocabularies(
  checker: Checker,
  { instances, span }: StageLoss,
  data: DataSpec | undefined,
  reporter: Pick<Checker, 'report'>,
): void {
  const models = instances.flatMap((instance) => modelVocabulary(instance))
  const [first, ...others] = models
  if (first === undefined) return
  for (const other of others) if (!agree(first, other)) reportMismatch(reporter, first, other, span)
  if (data) compareWithData(checker, models, data, span, reporter)
}

function compareWithData(
  checker: Checker,
  models: readonly Vocabulary[],
  data: DataSpec,
  span: Span,
  reporter: Pick<Checker, 'report'>,
): void {
  const size = vocabularySize(checker, data.tokenizer)
  const own: Vocabulary = {
    name: `data \`${data.name}\``,
    text: size === undefined ? data.vocabulary.name : `${size} entries (${data.vocabulary.name})`,
    ...(size === undefined ? {} : { size }),
    identity: data.vocabulary.name,
    span: data.vocabulary.origin ?? data.span,
  }
  for (const model of models) {
    const named = model.identity !== undefined
    const good = named
      ? model.identity === own.identity
      : model.size === undefined || size === undefined || model.size >= size
    if (!good) reportMismatch(reporter, model, own, span)
  }
}

function agree(a: Vocabulary, b: Vocabulary): boolean {
  if (a.identity !== undefined && b.identity !== undefined) return a.identity === b.identity
  return a.size === undefined || b.size === undefined || a.size === b.size
}

/** The setting `vocabulary` of a model that has one. */
function modelVocabulary(instance: Instance): Vocabulary[] {
  if (!instance.root.has('vocabulary')) return []
  const value = instance.root.get('vocabulary')
  const name = `${instance.role} \`${instance.name}\``
  if (value?.kind === 'number') {
    const text = `${value.value} entries`
    return [{ name, text, size: value.value, span: value.origin ?? instance.span }]
  }
  if (value?.kind !== 'labels') return []
  const { size, identity } = value
  const text = `${size} entries (${identity.name})`
  const named = identity.anonymous ? {} : { identity: identity.name }
  return [{ name, text, size, ...named, span: value.origin ?? identity.origin ?? instance.span }]
}

function reportMismatch(reporter: Pick<Checker, 'report'>, a: Vocabulary, b: Vocabulary, span: Span): void {
  reporter.report(
    differentVocabularies({
      span,
      first: a.name,
      firstVocabulary: a.text,
      second: b.name,
      secondVocabulary: b.text,
      firstSpan: a.span,
      secondSpan: b.span,
    }),
  )
}
