/**
 * Data blocks: files, texts, labels, tokenizer, masking and padding. No data file is read here. Only lists of
 * labels and vocabularies are opened, for their sizes, where they exist.
 */

import {
  missingDataSetting,
  sharesDoNotAddUp,
  sizeOnlyInFile,
  unknownDataMember,
} from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { DataDeclaration } from '../syntax/ast.ts'
import type { Expression, Name } from '../syntax/expressions.ts'
import { augmentSpec } from './augment.ts'
import type { Checker } from './checker.ts'
import { effectiveBlock } from './data-block.ts'
import { checkColumns, columnName, columnNames } from './data-columns.ts'
import { labelSource } from './data-labels.ts'
import { dataSplits } from './data-splits.ts'
import { dataTokenizer, type Tokenizer, vocabularySize } from './data-tokenizer.ts'
import type { EffectiveBlock, PlacedSetting } from './effective-block.ts'
import { choice, count, describe, flag, limitedNumber, share } from './entries.ts'
import type { MaskingSpec } from './example-specs.ts'
import type { FileScope } from './files.ts'
import type { DataSpec, LabelOrigin, LabelSource, TextSource } from './program.ts'
import { formats } from './setting-docs.ts'
import { splitNames } from './splits.ts'
import type { ClassIdentity } from './tensor-term.ts'
import { type DataValue, POISON, type Value } from './values.ts'

/**
 * Checks one data declaration of `file`. Undefined if it has no text, tokenizer or files, or an error from
 * which others would follow. After smaller errors a default takes the place of the wrong setting.
 */
export function checkData(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
): DataSpec | undefined {
  const block = effectiveBlock(checker, declaration, file)
  if (block === undefined) return undefined
  const tokenizer = dataTokenizer(checker, declaration, file)
  const missing = reportMissing(checker, declaration, block, tokenizer)
  const text = textSource(checker, block.settings.get('text'))
  const label = withSetting(block, 'label', (setting) => labelSource(checker, setting))
  const splits = dataSplits(checker, declaration.name.text, block, text)
  const format = withSetting(block, 'format', ({ entry }) => choice(checker, 'format', entry.value, formats))
  const columns = withSetting(block, 'columns', (setting) => columnNames(checker, setting))
  const pad = withSetting(block, 'pad', ({ entry }) =>
    choice(checker, 'pad', entry.value, ['longest', 'max_length'] as const),
  )
  const group = withSetting(block, 'group', ({ entry }) =>
    choice(checker, 'group', entry.value, ['length', 'none'] as const),
  )
  const maxLength = withSetting(block, 'max_length', ({ entry, file: where }) =>
    count(checker, 'max_length', entry.value, checker.scope(where), 3),
  )
  const mask = block.blocks.get('mask')
  const augment = block.blocks.get('augment')
  const masking = mask && maskingSpec(checker, mask)
  if (
    missing ||
    splits === undefined ||
    text === undefined ||
    tokenizer === undefined ||
    tokenizer === 'absent'
  )
    return undefined
  if (label === undefined && block.settings.has('label')) return undefined
  if (label?.kind === 'span' && !asksOfContext(text)) {
    const found = text.kind === 'column' ? 'one column' : text.kind === 'pair' ? 'other columns' : text.kind
    const expected = 'a question and its context'
    checker.report(
      wrongSettingValue({
        span: 'span' in text ? text.span : label.span,
        name: 'text',
        expected,
        found,
        help: 'text = [column("question"), column("context")]',
      }),
    )
    return undefined
  }
  if (format === 'squad' && label?.kind !== 'span') {
    const found = label === undefined ? 'no label' : 'another label'
    const expected = 'a span, as format = squad has'
    const { span } = label ?? declaration.name
    checker.report(wrongSettingValue({ span, name: 'label', expected, found, help: 'label = span' }))
    return undefined
  }
  const augmentation =
    augment && augmentSpec(checker, augment, { name: declaration.name, text, label, train: splits.train })
  const defaultFormat = text.kind === 'lines' || text.kind === 'documents' ? 'text' : 'by-extension'
  const spec: DataSpec = {
    name: declaration.name.text,
    ...splits,
    format: format ?? defaultFormat,
    ...(columns ? { columns } : {}),
    text,
    ...(label ? { label } : {}),
    tokenizer: tokenizer.source,
    vocabulary: tokenizer.vocabulary,
    maxLength: maxLength ?? 128,
    ...(maxLength === undefined ? {} : withSpan(block)),
    ...(masking ? { mask: masking } : {}),
    ...(augmentation ? { augment: augmentation } : {}),
    pad: pad ?? 'longest',
    group: group ?? 'length',
    span: declaration.name.span,
  }
  withSetting(block, 'columns', (setting) => checkColumns(checker, setting, spec))
  return spec
}

/** Whether the texts are SQuAD's question and context. Spans are marked in the context. */
function asksOfContext(text: TextSource): boolean {
  return text.kind === 'pair' && text.columns[0] === 'question' && text.columns[1] === 'context'
}

function withSpan(block: EffectiveBlock): Pick<DataSpec, 'maxLengthSpan'> {
  const maxLengthSpan = block.settings.get('max_length')?.entry.value.span
  return maxLengthSpan ? { maxLengthSpan } : {}
}

function withSetting<Result>(
  block: EffectiveBlock,
  name: string,
  read: (setting: PlacedSetting) => Result,
): Result | undefined {
  const setting = block.settings.get(name)
  return setting && read(setting)
}

function reportMissing(
  checker: Checker,
  declaration: DataDeclaration,
  block: EffectiveBlock,
  tokenizer: Tokenizer | 'absent' | undefined,
): boolean {
  const data = declaration.name.text
  const { span } = declaration.name
  let missing = false
  const lacks = (setting: string, what: string, help: string) => {
    if (!block.meant.has(setting)) checker.report(missingDataSetting({ span, data, missing: what, help }))
    missing = true
  }
  const named = splitNames.some((split) => block.settings.has(split))
  if (!named) lacks('train', 'files', 'train = "data/train.tsv"')
  else if (!block.settings.has('text')) {
    lacks('text', 'text', 'text = column("sentence"), [column("a"), column("b")], lines or documents')
  } else if (tokenizer === 'absent') {
    lacks('tokenizer', 'tokenizer', 'tokenizer = "weights/bert-base", or wordpiece(size = 8000)')
  }
  return missing
}

function textSource(checker: Checker, setting: PlacedSetting | undefined): TextSource | undefined {
  if (setting === undefined) return undefined
  const { value } = setting.entry
  if (value.kind === 'name') {
    const kind = choice(checker, 'text', value, ['lines', 'documents'])
    return kind && { kind }
  }
  if (value.kind === 'list') {
    const [first, second, ...more] = value.items
    if (first === undefined || second === undefined || more.length > 0) {
      const found = `${value.items.length}`
      checker.report(
        wrongSettingValue({ span: value.span, name: 'text', expected: 'one column or a pair', found }),
      )
      return undefined
    }
    const a = columnName(checker, first, 'text')
    const b = columnName(checker, second, 'text')
    return a === undefined || b === undefined
      ? undefined
      : { kind: 'pair', columns: [a, b], span: value.span }
  }
  const column = columnName(checker, value, 'text')
  return column === undefined ? undefined : { kind: 'column', column, span: value.span }
}

function maskingSpec(checker: Checker, settings: ReadonlyMap<string, PlacedSetting>): MaskingSpec {
  const read = <Result>(name: string, how: (value: Expression, setting: PlacedSetting) => Result) => {
    const setting = settings.get(name)
    return setting && how(setting.entry.value, setting)
  }
  const probability = read('probability', (value, { file }) =>
    share(checker, 'probability', value, checker.scope(file)),
  )
  const replace = read('replace', (value, { file }) => replacement(checker, value, file))
  const smoothing = read('smoothing', (value, { file }) =>
    limitedNumber(checker, 'smoothing', value, checker.scope(file), (v) => v >= 0, 'zero or more'),
  )
  const wholeWord = read('whole_word', (value) => flag(checker, 'whole_word', value))
  const ngrams = read('ngrams', (value, { file }) => count(checker, 'ngrams', value, checker.scope(file)))
  const maximum = read('maximum', (value, { file }) => count(checker, 'maximum', value, checker.scope(file)))
  return {
    probability: probability ?? 0.15,
    replace: replace ?? [0.8, 0.1, 0.1],
    ...(smoothing === undefined ? {} : { smoothing }),
    wholeWord: wholeWord ?? false,
    ngrams: ngrams ?? 1,
    ...(maximum === undefined ? {} : { maximum }),
  }
}

function replacement(
  checker: Checker,
  value: Expression,
  file: FileScope,
): readonly [number, number, number] | undefined {
  if (value.kind !== 'list' || value.items.length !== 3) {
    const expected = 'three shares: mask, keep, random'
    const found = value.kind === 'list' ? `${value.items.length}` : describe(value)
    const help = 'replace = [80%, 10%, 10%]'
    checker.report(wrongSettingValue({ span: value.span, name: 'replace', expected, found, help }))
    return undefined
  }
  const [a, b, c] = value.items.map((item) => share(checker, 'replace', item, checker.scope(file)))
  if (a === undefined || b === undefined || c === undefined) return undefined
  if (Math.abs(a + b + c - 1) > 1e-9) {
    checker.report(sharesDoNotAddUp({ span: value.span, sum: a + b + c }))
    return undefined
  }
  return [a, b, c]
}

// ---------------------------------------------------------------- members

/** What can be read of a data block. */
export const dataMembers: readonly string[] = ['label', 'vocabulary', 'tokenizer']

/**
 * The value of `DATA.label`, `DATA.vocabulary` and so on: a size with an identity. POISON after reporting.
 */
export function dataMember(checker: Checker, data: DataValue, member: Name): Value {
  const { spec } = data
  if (spec === undefined) return POISON
  const known = dataMembers
  const no = (why: string) => {
    const suggestion = suggest(member.text, known)
    checker.report(
      unknownDataMember({
        span: member.span,
        data: data.name,
        member: `\`${member.text}\``,
        suggestion,
        why,
      }),
    )
    return POISON
  }
  switch (member.text) {
    case 'label':
      return spec.label === undefined
        ? no('it declares none: label = class(column("label"), ["negative", "positive"])')
        : labelMember(checker, data, spec.label, member, no)
    case 'vocabulary': {
      const size = vocabularySize(checker, spec.tokenizer)
      const identity = spec.vocabulary
      if (size !== undefined) return { kind: 'labels', size, identity, ...origin(identity) }
      const file = spec.tokenizer.kind === 'folder' ? spec.tokenizer.file : { path: '', span: spec.span }
      const help = 'put the tokenizer there, or write the number: vocabulary = 30_522'
      const what = `the vocabulary of data \`${data.name}\``
      checker.report(sizeOnlyInFile({ ...file, data: what, needed: member.span, help }))
      return POISON
    }
    case 'tokenizer':
      return no('only another data block can use it: tokenizer = labelled.tokenizer')
    default:
      return no(known.includes(member.text) ? '' : `its members are ${known.join(', ')}`)
  }
}

function labelMember(
  checker: Checker,
  data: DataValue,
  label: LabelSource,
  member: Name,
  no: (why: string) => Value,
): Value {
  if (label.kind === 'number') return no('its label is a number, not a class: use a regressor head')
  if (label.kind === 'span') return no('its label is a span: use a span head')
  const identity = labelIdentity(checker, data.name, label)
  if (label.labels === undefined && label.origin) {
    return { kind: 'labels', size: unknownClasses, identity, origin: label.span }
  }
  if (label.labels === undefined) {
    const help = 'put the file there, or list the labels: class(column("label"), ["negative", "positive"])'
    const file = (label.kind === 'class' ? label.file : undefined) ?? { path: '', span: label.span }
    const what = `the labels of data \`${data.name}\``
    checker.report(sizeOnlyInFile({ ...file, data: what, needed: member.span, help }))
    return POISON
  }
  return { kind: 'labels', size: label.labels.length, identity, names: label.labels, ...origin(identity) }
}

function origin({ origin: span }: ClassIdentity) {
  return span === undefined ? {} : { origin: span }
}

/**
 * The identity of a label set. Blocks with the same labels in the same order share it. Its name is the first
 * block of the file that has these labels.
 */
export function labelIdentity(checker: Checker, data: string, label: LabelSource): ClassIdentity {
  const labels = labelsOf(label)
  if (labels === undefined && 'origin' in label && label.origin) return unknownIdentity(label.origin)
  if (labels !== undefined) {
    for (const { declaration, file } of checker.declarations('data')) {
      const setting = effectiveBlock(checker, declaration, file)?.settings.get('label')
      const other = setting && labelSource(checker, setting)
      const same = other && labelsOf(other)
      if (same?.length === labels.length && same.every((name, index) => name === labels[index])) {
        return { name: `labels ${declaration.name.text}.label`, anonymous: false, origin: label.span }
      }
    }
  }
  return { name: `labels ${data}.label`, anonymous: false, origin: label.span }
}

function labelsOf(label: LabelSource): readonly string[] | undefined {
  return label.kind === 'number' || label.kind === 'span' ? undefined : label.labels
}

/**
 * Stands for the number of labels where the training files that have them are absent. It is never compared:
 * their identity says that it is unknown.
 */
export const unknownClasses = 2

/** One for all blocks: their labels may be the same. */
function unknownIdentity({ data, files, span }: LabelOrigin): ClassIdentity {
  const path = files[0]?.path ?? ''
  return { name: 'labels of training data', anonymous: false, unknown: { data, path }, origin: span }
}
