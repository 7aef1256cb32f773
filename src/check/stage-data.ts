/** Does the data of a stage fit its losses and its models: targets, types of labels, label sets, vocabularies? */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  differentLabelSets,
  differentVocabularies,
  targetNotInData,
  wrongLabelType,
} from '../diagnostics/messages/data.ts'
import type { Checker } from './checker.ts'
import { labelIdentity } from './data.ts'
import { vocabularySize } from './data-tokenizer.ts'
import { ownersIn } from './minimize.ts'
import type { DataSpec, LossTerm } from './program.ts'
import type { ClassIdentity, Term } from './tensor-term.ts'
import { reachable } from './term-reads.ts'
import type { Instance } from './values.ts'

interface StageReads {
  readonly stage: string
  readonly minimize: Term
  readonly terms: readonly LossTerm[]
  readonly targets: ReadonlyMap<string, Span>
}

/** What a data block has to say so that batches have this target. */
const needs: Readonly<Record<string, string>> = {
  label: 'give the data a label: class(column("label"), [...]) or number(column("score"))',
  original: 'give the data mask { probability = 15% }: then batches hold the original tokens',
  order: 'texts in order come from documents: text = documents',
  start: 'give the data label = span',
  end: 'give the data label = span',
  tags: 'give the data label = tags(column("tags"), [...], scheme = bio)',
}

function provides({ label, mask, text }: DataSpec, target: string): boolean {
  switch (target) {
    case 'label':
      return label?.kind === 'class' || label?.kind === 'class-file' || label?.kind === 'number'
    case 'original':
      return mask !== undefined
    case 'order':
      return text.kind === 'documents'
    case 'start':
    case 'end':
      return label?.kind === 'span'
    case 'tags':
      return label?.kind === 'tags'
    default:
      return false
  }
}

/** Reports what the losses of a stage read and its data does not have, and labels of another type or set. */
export function checkTargets(checker: Checker, data: DataSpec, reads: StageReads): void {
  const lossReading = (target: string) =>
    reads.terms.find(({ term }) => checker.targetsOf(term).has(target))?.name
  const lacks = (target: string, span: Span, key: string) =>
    checker.report(
      targetNotInData({
        span,
        data: data.name,
        target,
        needs: needs[key] ?? 'another data block may have it',
        from: data.span,
        loss: lossReading(key),
      }),
    )
  for (const [target, span] of reads.targets) {
    if (!provides(data, target)) lacks(`batch.${target}`, span, target)
  }
  const masked = checker.masksOf(reads.minimize).get('masked')
  if (masked && data.mask === undefined && !reads.targets.has('original')) {
    lacks('where masked', masked, 'original')
  }
  checkLabelUses(checker, data, reads)
}

function checkLabelUses(checker: Checker, data: DataSpec, { minimize }: StageReads): void {
  const { label } = data
  if (label === undefined || label.kind === 'span') return
  const target = label.kind === 'tags' ? 'batch.tags' : 'batch.label'
  const labels = new Set<Term>()
  for (const term of reachable(minimize)) {
    const { operation, inputs, span } = term
    if (operation.op === 'input' && operation.name === target) labels.add(term)
    if (!inputs.some((input) => labels.has(input))) continue
    // A label stays one in arithmetic of whole numbers: batch.label + 1.
    if (isNumberOfLabel(term)) {
      if (term.type === 'integer') labels.add(term)
      continue
    }
    const wantsClass =
      operation.op === 'cross_entropy_labels' || operation.op === 'smooth' || operation.op === 'lookup'
    if (wantsClass && label.kind === 'number') {
      const found = 'a number'
      checker.report(wrongLabelType({ span, data: data.name, needs: 'a class', found, from: label.span }))
    } else if (!wantsClass && (label.kind === 'class' || label.kind === 'class-file')) {
      const found = 'a class'
      checker.report(wrongLabelType({ span, data: data.name, needs: 'a number', found, from: label.span }))
    } else if (label.kind !== 'number' && inputs.some(({ operation: { op } }) => op === 'input')) {
      const axis = classesOf(term)
      if (axis) {
        const [first] = inputs
        const model = operation.op === 'smooth' ? undefined : first && readerOf(checker, first)
        checkLabelSet(checker, data, labelIdentity(checker, data.name, label), axis, span, model)
      }
    }
  }
}

/** Comparisons of labels, and arithmetic that gives whole numbers again. */
function isNumberOfLabel({ operation, type }: Term): boolean {
  const { op } = operation
  if (op === 'compare') return true
  const arithmetic = op === 'unary' || op === 'binary' || op === 'select' || op === 'shift' || op === 'pick'
  return arithmetic && type === 'integer'
}

/** The axis on which a loss or one_hot counts the classes of labels. */
function classesOf({ operation, inputs, axes }: Term): Term['axes'][number] | undefined {
  if (operation.op === 'smooth') return axes.find(({ axis }) => axis === 'class')
  if (operation.op !== 'cross_entropy_labels') return undefined
  return inputs[0]?.axes.find(({ axis }) => axis === operation.over)
}

function checkLabelSet(
  checker: Checker,
  data: DataSpec,
  expected: ClassIdentity,
  axis: Term['axes'][number],
  span: Span,
  model: string | undefined,
): void {
  const { label } = data
  if (label === undefined || label.kind === 'number' || label.kind === 'span') return
  const size = label.labels?.length
  const { identity } = axis
  const named = identity !== undefined && !identity.anonymous
  const fits = named
    ? identity.name === expected.name
    : size === undefined || typeof axis.size !== 'number' || axis.size === size
  if (fits) return
  const own = size === undefined ? expected.name : `${size} classes (${expected.name})`
  checker.report(
    differentLabelSets({
      span,
      model: model ?? 'the classifier',
      modelLabels: named ? `${axis.size} classes (${identity.name})` : `${axis.size} classes`,
      data: data.name,
      dataLabels: own,
      modelSpan: identity?.origin ?? axis.origin ?? span,
      dataSpan: label.span,
      help: `declare it with these labels: classifier(${data.name}.label)`,
    }),
  )
}

/** `student \`S\``: whose logits these are. */
function readerOf(checker: Checker, logits: Term): string | undefined {
  const [owner] = ownersIn(logits)
  const instance = owner === undefined ? undefined : checker.instance(owner)
  return instance && `${instance.role} \`${instance.name}\``
}

interface Vocabulary {
  readonly name: string
  readonly text: string
  readonly size?: number
  readonly identity?: string
  readonly span: Span
}

/**
 * Models of one stage read one batch of token numbers. Where both name their vocabulary the names must agree; else the sizes must. A model may
 * have more entries than the data's tokenizer, not fewer.
 */
export function checkVocabularies(
  checker: Checker,
  instances: readonly Instance[],
  data: DataSpec | undefined,
  span: Span,
): void {
  const models = instances.flatMap((instance) => modelVocabulary(instance))
  const [first, ...others] = models
  if (first === undefined) return
  for (const other of others) if (!agree(first, other)) reportMismatch(checker, first, other, span)
  if (data === undefined) return
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
    if (!good) reportMismatch(checker, model, own, span)
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

function reportMismatch(checker: Checker, a: Vocabulary, b: Vocabulary, span: Span): void {
  checker.report(
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
