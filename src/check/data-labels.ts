/** Label sources of data blocks (`class`, `number`, `tags`, `span`) and the identities of label sets. */

import { DiagnosticError, type Span } from '../diagnostics/diagnostic.ts'
import {
  missingDataSetting,
  repeatedLabel,
  tagNotInScheme,
  tooFewLabels,
} from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { CallExpression, Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { effectiveBlock } from './data-block.ts'
import { columnName, columnNames } from './data-columns.ts'
import { trainingFiles } from './data-splits.ts'
import type { PlacedSetting } from './effective-block.ts'
import { callOf, choice, count, describe, readArguments } from './entries.ts'
import type { FileReference } from './file-reference.ts'
import type { FileScope } from './files.ts'
import type { LabelOrigin, LabelSource } from './program.ts'
import { formats } from './setting-docs.ts'
import { problemOf, schemeNames, schemeOf, schemeTexts, type TagScheme } from './tag-schemes.ts'

const forms =
  'class(column("label")), class(column("label"), ["negative", "positive"]), class(column("label"), file("labels.txt")), number(column("score")), tags(column("tags"), [...], scheme = bio) or span'

/** `label = ...`; undefined after reporting. */
export function labelSource(checker: Checker, setting: PlacedSetting): LabelSource | undefined {
  const { file } = setting
  const expression = setting.entry.value
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
      return classSource(checker, call, setting)
    case 'tags':
      return tagsSource(checker, call, setting)
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

function classSource(
  checker: Checker,
  call: CallExpression,
  setting: PlacedSetting,
): LabelSource | undefined {
  const { file } = setting
  const values = readArguments(checker, call, 'class', { positional: ['column', 'labels'], named: [] })
  const column = columnArgument(checker, values.get('column'), call, 'class')
  const list = values.get('labels')
  const { span } = call
  if (list === undefined) {
    if (column === undefined) return undefined
    const found = trainingLabels(checker, { kind: 'class', column, span }, setting)
    return found && { kind: 'class', column, ...found, span }
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

/**
 * The labels of the training files of the block that declares the label, and these files. Undefined after
 * reporting. The labels are absent if the files are.
 */
function trainingLabels(
  checker: Checker,
  label: Pick<LabelOrigin, 'kind' | 'column' | 'span'>,
  { owner, file }: PlacedSetting,
): { readonly origin: LabelOrigin; readonly labels?: readonly string[] } | undefined {
  const block = effectiveBlock(checker, owner, file)
  if (block === undefined) return undefined
  const data = owner.name.text
  if (!block.settings.has('train')) {
    const help = `train = "data/train.tsv", or list them: ${label.kind}(column("${label.column}"), [...])`
    const missing = 'training files to take its labels from'
    if (!block.meant.has('train'))
      checker.report(missingDataSetting({ span: label.span, data, missing, help }))
    return undefined
  }
  const files = trainingFiles(checker, block)
  const format = block.settings.get('format')
  const columns = block.settings.get('columns')
  const named = columns && columnNames(checker, columns)
  const chosen = format && choice(checker, 'format', format.entry.value, formats)
  if (files === undefined || (columns && !named) || (format && !chosen)) return undefined
  const origin: LabelOrigin = {
    ...label,
    data,
    files,
    format: chosen ?? 'by-extension',
    ...(named ? { columns: named } : {}),
  }
  try {
    const labels = checker.readLabels(origin)
    return { origin, ...(labels ? { labels } : {}) }
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    for (const diagnostic of error.diagnostics) checker.report(diagnostic)
    return undefined
  }
}

function tagsSource(checker: Checker, call: CallExpression, setting: PlacedSetting): LabelSource | undefined {
  const values = readArguments(checker, call, 'tags', { positional: ['column', 'labels'], named: ['scheme'] })
  const column = columnArgument(checker, values.get('column'), call, 'tags')
  const scheme = values.get('scheme')
  const written = scheme && choice(checker, 'scheme', scheme, schemeNames)
  const named = written === 'iob2' ? 'bio' : written
  const list = values.get('labels')
  const { span } = call
  const labels = list && labelList(checker, list, 'tags')
  if (column === undefined || (scheme && !named) || (list && !labels)) return undefined
  if (list === undefined) {
    const found = trainingLabels(checker, { kind: 'tags', column, span }, setting)
    if (found?.labels === undefined) return found && { kind: 'tags', column, ...found, span }
    const own = tagScheme(checker, found.labels, named, () => span)
    return own && { kind: 'tags', column, ...found, scheme: own, span }
  }
  if (labels === undefined) return undefined
  if (labels.length < 2) checker.report(tooFewLabels({ span: list.span, count: labels.length }))
  const places = new Map(
    list.kind === 'list'
      ? list.items.flatMap((item) => (item.kind === 'string' ? [[item.value, item.span] as const] : []))
      : [],
  )
  const own = tagScheme(checker, labels, named, (tag) => places.get(tag) ?? list.span, labels)
  return own && { kind: 'tags', column, labels, scheme: own, span }
}

/**
 * The scheme of tags: the one that is named, or the one that they are of. Undefined after reporting tags of
 * another.
 * @param all the listed tags, which are complete: I-X of bio then needs its B-X
 */
function tagScheme(
  checker: Checker,
  tags: readonly string[],
  named: TagScheme | undefined,
  spanOf: (tag: string) => Span,
  all?: readonly string[],
): TagScheme | undefined {
  const scheme = named ?? schemeOf(tags) ?? (tags.some((tag) => /^[ES]-/.test(tag)) ? 'bioes' : 'bio')
  const wrong = tags.flatMap((label) => {
    const problem = problemOf(label, scheme, all)
    return problem === undefined ? [] : [{ span: spanOf(label), label, problem }]
  })
  for (const one of wrong) checker.report(tagNotInScheme({ ...one, scheme, has: schemeTexts[scheme] }))
  return wrong.length > 0 ? undefined : scheme
}
