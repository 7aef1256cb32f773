/** Whether the data of a stage fits its losses: targets, types of labels, label sets. */
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts'
import { differentLabelSets, targetNotInData, wrongLabelType } from '../../diagnostics/messages/data.ts'
import type { Checker } from '../checker.ts'
import { labelIdentity } from '../data.ts'
import type { DataSpec } from '../program.ts'
import type { StageLoss } from '../stage-parts.ts'
import type { ClassIdentity, Term } from '../tensor-term.ts'
import { ownersIn, reachable, targetsIn } from '../term-reads.ts'
import type { Rule } from './rule.ts'

/** The settings of a data block that a target requires. */
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
      return label?.kind === 'class' || label?.kind === 'number'
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

export const targets: Rule = ({ checker, stages }, reporter) => {
  for (const { data, loss } of stages) {
    if (data && loss) for (const problem of labelProblems(checker, data, loss)) reporter.report(problem)
  }
}

/** Targets of the losses that the data lacks, and labels of another type or set. */
export function labelProblems(checker: Checker, data: DataSpec, loss: StageLoss): Diagnostic[] {
  const lossReading = (target: string) =>
    loss.terms.find(({ term }) => targetsIn(reachable(term)).has(target))?.name
  const lacks = (target: string, span: Span, key: string) =>
    targetNotInData({
      span,
      data: data.name,
      target,
      needs: needs[key] ?? 'another data block may have it',
      from: data.span,
      loss: lossReading(key),
    })
  const problems = [...loss.targets]
    .filter(([target]) => !provides(data, target))
    .map(([target, span]) => lacks(`batch.${target}`, span, target))
  const masked = loss.masks.get('masked')
  if (masked && data.mask === undefined && !loss.targets.has('original'))
    problems.push(lacks('where masked', masked, 'original'))
  return [...problems, ...labelUses(checker, data, loss)]
}

function labelUses(checker: Checker, data: DataSpec, { below }: StageLoss): Diagnostic[] {
  const { label } = data
  if (label === undefined || label.kind === 'span') return []
  const problems: Diagnostic[] = []
  const target = label.kind === 'tags' ? 'batch.tags' : 'batch.label'
  const labels = new Set<Term>()
  for (const term of below) {
    const { operation, inputs, span } = term
    if (operation.op === 'input' && operation.name === target) labels.add(term)
    if (!inputs.some((input) => labels.has(input))) continue
    // A label stays a label in integer arithmetic: batch.label + 1.
    if (isNumberOfLabel(term)) {
      if (term.type === 'integer') labels.add(term)
      continue
    }
    const wantsClass =
      operation.op === 'cross_entropy_labels' || operation.op === 'smooth' || operation.op === 'lookup'
    if (wantsClass && label.kind === 'number') {
      const found = 'a number'
      problems.push(wrongLabelType({ span, data: data.name, needs: 'a class', found, from: label.span }))
    } else if (!wantsClass && label.kind === 'class') {
      const found = 'a class'
      problems.push(wrongLabelType({ span, data: data.name, needs: 'a number', found, from: label.span }))
    } else if (label.kind !== 'number' && inputs.some(({ operation: { op } }) => op === 'input')) {
      const axis = classesOf(term)
      if (axis) {
        const [first] = inputs
        const model = operation.op === 'smooth' ? undefined : first && readerOf(checker, first)
        problems.push(...labelSet(data, labelIdentity(checker, data.name, label), axis, span, model))
      }
    }
  }
  return problems
}

/** Comparisons of labels, and integer arithmetic. */
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

function labelSet(
  data: DataSpec,
  expected: ClassIdentity,
  axis: Term['axes'][number],
  span: Span,
  model: string | undefined,
): Diagnostic[] {
  const { label } = data
  if (label === undefined || label.kind === 'number' || label.kind === 'span') return []
  const size = label.labels?.length
  const { identity } = axis
  const named = identity !== undefined && !identity.anonymous
  const fits = named
    ? identity.name === expected.name
    : size === undefined || typeof axis.size !== 'number' || axis.size === size
  if (fits) return []
  const own = size === undefined ? expected.name : `${size} classes (${expected.name})`
  return [
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
  ]
}

/** The owner of the logits: `student \`S\``. */
function readerOf(checker: Checker, logits: Term): string | undefined {
  const [owner] = ownersIn(reachable(logits))
  const instance = owner === undefined ? undefined : checker.instance(owner)
  return instance && `${instance.role} \`${instance.name}\``
}
