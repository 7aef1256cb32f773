/** Label sources of data blocks (`class`, `number`, `tags`, `span`) and the identities of label sets. */

import type { Span } from '../diagnostics/diagnostic.ts'
import { repeatedLabel, tagNotInScheme, tooFewLabels } from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { CallExpression, Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { callOf, choice, count, describe, readArguments } from './entries.ts'
import type { FileReference } from './file-reference.ts'
import type { FileScope } from './files.ts'
import type { LabelSource } from './program.ts'

const forms =
  'class(column("label"), ["negative", "positive"]), class(column("label"), file("labels.txt")), number(column("score")), tags(column("tags"), [...], scheme = bio) or span'

/** `label = ...`; undefined after reporting. */
export function labelSource(
  checker: Checker,
  expression: Expression,
  file: FileScope,
): LabelSource | undefined {
  const { span } = expression
  if (expression.kind === 'name' && expression.name === 'span') return { kind: 'span', ...spanDefaults, span }
  const form = callOf(expression, ['class', 'number', 'tags', 'span'])
  if (form === undefined) {
    checker.report(
      wrongSettingValue({
        span,
        name: 'label',
        expected: 'a typed label',
        found: describe(expression),
        help: forms,
      }),
    )
    return undefined
  }
  const { name, call } = form
  switch (name) {
    case 'span':
      return spanSource(checker, call, file)
    case 'number': {
      const values = readArguments(checker, call, 'number', { positional: ['column'], named: [] })
      const column = columnArgument(checker, values.get('column'), call, 'number')
      return column === undefined ? undefined : { kind: 'number', column, span }
    }
    case 'class':
      return classSource(checker, call, file)
    case 'tags':
      return tagsSource(checker, call)
  }
}

/** BERT's, for questions on paragraphs. */
const spanDefaults = { stride: 128, question: 64 }

/** `span(stride = 128, question = 64)` */
function spanSource(checker: Checker, call: CallExpression, file: FileScope): LabelSource | undefined {
  const values = readArguments(checker, call, 'span', { positional: [], named: ['stride', 'question'] })
  const scope = checker.scope(file)
  const read = (name: keyof typeof spanDefaults): number | undefined => {
    const value = values.get(name)
    return value === undefined ? spanDefaults[name] : count(checker, name, value, scope)
  }
  const [stride, question] = [read('stride'), read('question')]
  if (stride === undefined || question === undefined) return undefined
  return { kind: 'span', stride, question, span: call.span }
}

/** `column("label")` -> `label`. */
export function columnName(checker: Checker, expression: Expression, setting: string): string | undefined {
  const form = callOf(expression, ['column'])
  const argument = form?.call.arguments[0]
  if (
    form?.call.arguments.length === 1 &&
    argument?.name === undefined &&
    argument?.value.kind === 'string'
  ) {
    return argument.value.value
  }
  const found = describe(expression)
  const help =
    expression.kind === 'string'
      ? `column(${expression.text})`
      : 'a column is named in quotes: column("text")'
  checker.report(
    wrongSettingValue({ span: expression.span, name: setting, expected: 'column("NAME")', found, help }),
  )
  return undefined
}

function columnArgument(
  checker: Checker,
  expression: Expression | undefined,
  call: CallExpression,
  what: string,
): string | undefined {
  if (expression) return columnName(checker, expression, what)
  checker.report(
    wrongSettingValue({
      span: call.span,
      name: what,
      expected: 'column("NAME")',
      found: 'nothing',
      help: forms,
    }),
  )
  return undefined
}

function classSource(checker: Checker, call: CallExpression, file: FileScope): LabelSource | undefined {
  const values = readArguments(checker, call, 'class', { positional: ['column', 'labels'], named: [] })
  const column = columnArgument(checker, values.get('column'), call, 'class')
  const list = values.get('labels')
  const { span } = call
  if (list === undefined) {
    checker.report(
      wrongSettingValue({
        span,
        name: 'class',
        expected: 'a column and its labels',
        found: 'no labels',
        help: forms,
      }),
    )
    return undefined
  }
  const labelFile = callOf(list, ['file'])
  if (labelFile) {
    const argument = labelFile.call.arguments[0]?.value
    const written = argument && checker.string(argument, checker.scope(file), 'file')
    if (column === undefined || argument === undefined || written === undefined) return undefined
    const reference: FileReference = { path: checker.resolvePath(written, file), span: argument.span }
    const labels = labelLines(checker.read(reference.path))
    return { kind: 'class', column, file: reference, ...(labels ? { labels } : {}), span }
  }
  const labels = labelList(checker, list, 'class')
  if (labels === undefined || column === undefined) return undefined
  if (labels.length < 2) {
    checker.report(tooFewLabels({ span: list.span, count: labels.length }))
    return undefined
  }
  return { kind: 'class', column, labels, span }
}

/** One label a line; empty lines at the end do not count. */
export function labelLines(text: string | undefined): readonly string[] | undefined {
  return text?.replace(/\s+$/, '').split(/\r?\n/)
}

function labelList(checker: Checker, expression: Expression, what: string): readonly string[] | undefined {
  if (expression.kind !== 'list') {
    checker.report(
      wrongSettingValue({
        span: expression.span,
        name: what,
        expected: 'a list of labels',
        found: describe(expression),
        help: forms,
      }),
    )
    return undefined
  }
  const seen = new Map<string, Span>()
  let good = true
  for (const item of expression.items) {
    if (item.kind !== 'string') {
      checker.report(
        wrongSettingValue({
          span: item.span,
          name: what,
          expected: 'labels in quotes',
          found: describe(item),
        }),
      )
      good = false
      continue
    }
    const first = seen.get(item.value)
    if (first === undefined) seen.set(item.value, item.span)
    else {
      checker.report(repeatedLabel({ span: item.span, label: item.value, first }))
      good = false
    }
  }
  return good ? [...seen.keys()] : undefined
}

function tagsSource(checker: Checker, call: CallExpression): LabelSource | undefined {
  const values = readArguments(checker, call, 'tags', { positional: ['column', 'labels'], named: ['scheme'] })
  const column = columnArgument(checker, values.get('column'), call, 'tags')
  const scheme = values.get('scheme')
  const named = scheme === undefined ? 'bio' : choice(checker, 'scheme', scheme, ['bio'])
  const list = values.get('labels')
  if (list === undefined) {
    const help = 'tags(column("tags"), ["O", "B-PER", "I-PER"], scheme = bio)'
    checker.report(
      wrongSettingValue({
        span: call.span,
        name: 'tags',
        expected: 'a list of tags',
        found: 'no tags',
        help,
      }),
    )
    return undefined
  }
  const labels = labelList(checker, list, 'tags')
  if (labels === undefined || column === undefined || named === undefined) return undefined
  if (labels.length < 2) checker.report(tooFewLabels({ span: list.span, count: labels.length }))
  if (list.kind === 'list' && !bioTags(checker, list.items)) return undefined
  return { kind: 'tags', column, labels, scheme: named, span: call.span }
}

/** O, B-X, I-X; an I-X without its B-X could never begin. */
function bioTags(checker: Checker, items: readonly Expression[]): boolean {
  const tags = new Set(items.flatMap((item) => (item.kind === 'string' ? [item.value] : [])))
  let good = true
  for (const item of items) {
    if (item.kind !== 'string' || item.value === 'O') continue
    const type = /^[BI]-(.+)$/.exec(item.value)?.[1]
    const problem =
      type === undefined
        ? 'neither O, B-X nor I-X'
        : item.value.startsWith('I-') && !tags.has(`B-${type}`)
          ? `there is no B-${type}`
          : undefined
    if (problem === undefined) continue
    checker.report(tagNotInScheme({ span: item.span, label: item.value, scheme: 'bio', problem }))
    good = false
  }
  return good
}
