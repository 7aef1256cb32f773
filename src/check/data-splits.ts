/**
 * The parts of a data block: files, or shares of the training files (`validation = 20%`), and how these are
 * taken.
 */

import { missingDataSetting, needlessPartSetting, nothingToTrain } from '../diagnostics/messages/data.ts'
import { settingOutOfRange, wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { columnName } from './data-columns.ts'
import type { EffectiveBlock, PlacedSetting } from './effective-block.ts'
import { count, describe } from './entries.ts'
import type { FileReference } from './file-reference.ts'
import type { FileScope } from './files.ts'
import type { DataShare, TextSource } from './program.ts'
import { isShare, type SplitName, type Splits, splitNames } from './splits.ts'

/** Undefined after reporting a part that cannot be read. */
export function dataSplits(
  checker: Checker,
  data: string,
  block: EffectiveBlock,
  text: TextSource | undefined,
): Splits | undefined {
  const train = trainingFiles(checker, block)
  const validation = part(checker, block, 'validation')
  const test = part(checker, block, 'test')
  const read = { train, validation, test }
  const unread = splitNames.some(
    (name) => (block.settings.has(name) || block.meant.has(name)) && read[name] === undefined,
  )
  const shares = [validation, test].filter(isShare)
  const [share] = shares
  let good = !unread
  if (share && train === undefined && !unread) {
    const help = `train = "data/train.tsv"; ${percent(share.share)} of its examples become this part`
    checker.report(missingDataSetting({ span: share.span, data, missing: 'training files', help }))
    good = false
  }
  const sum = shares.reduce((all, one) => all + one.share, 0)
  if (share && sum >= 1) {
    checker.report(nothingToTrain({ span: shares.at(-1)?.span ?? share.span, data, sum }))
    good = false
  }
  const by = block.settings.get('by')
  const column = by && columnName(checker, by.entry.value, 'by')
  const limit = whole(checker, block.settings.get('limit'), 'limit', 1)
  const seed = whole(checker, block.settings.get('seed'), 'seed', 0)
  const needless = (setting: string, why: string, help: string) => {
    const span = block.settings.get(setting)?.entry.name.span
    if (span && !unread) checker.report(needlessPartSetting({ span, data, setting, why, help }))
  }
  const byHelp = 'it keeps rows together that have one value there: validation = 20%, by = column("author")'
  if (share === undefined) needless('by', 'no part is a share of the training files', byHelp)
  else if (text && (text.kind === 'lines' || text.kind === 'documents'))
    needless('by', `its text is ${text.kind}, which have no columns`, 'remove it')
  else if (train?.some(({ path }) => /\.(conll|json)(\.gz)?$/i.test(path)))
    needless('by', 'its files have no columns for it', 'remove it')
  if (train === undefined) needless('limit', 'there are no training files', 'it counts training examples')
  if (share === undefined && limit === undefined)
    needless('seed', 'nothing is drawn from the training files', 'the seed of a run is `--seed 1`')
  if (!good) return undefined
  return {
    ...(train ? { train } : {}),
    ...(validation ? { validation } : {}),
    ...(test ? { test } : {}),
    ...(column === undefined || share === undefined || !by
      ? {}
      : { by: { column, span: by.entry.value.span } }),
    ...(limit === undefined ? {} : { limit }),
    ...(seed === undefined ? {} : { seed }),
  }
}

/** Undefined without any, and after reporting. */
export function trainingFiles(checker: Checker, block: EffectiveBlock): readonly FileReference[] | undefined {
  const setting = block.settings.get('train')
  return setting && files(checker, setting, 'train', 'a file name in quotes')
}

function part(
  checker: Checker,
  block: EffectiveBlock,
  name: SplitName,
): readonly FileReference[] | DataShare | undefined {
  const setting = block.settings.get(name)
  if (setting === undefined) return undefined
  const { entry, file } = setting
  if (isNumber(checker, entry.value, file)) return shareOf(checker, entry.value, file, name)
  return files(checker, setting, name, 'a file name in quotes, or a share such as 20%')
}

/** `20%`, or a setting that is a number. */
function isNumber(checker: Checker, value: Expression, file: FileScope): boolean {
  if (value.kind === 'number') return true
  return value.kind === 'name' && checker.lookup(value.name, file)?.kind === 'number'
}

function shareOf(
  checker: Checker,
  value: Expression,
  file: FileScope,
  name: SplitName,
): DataShare | undefined {
  const { span } = value
  const share = checker.number(value, checker.scope(file), name)
  if (share === undefined) return undefined
  if (share > 0 && share < 1) return { share, span }
  const limits = 'more than 0% and less than 100%'
  checker.report(settingOutOfRange({ span, name, value: percent(share), limits }))
  return undefined
}

/** One file, or several in a list; undefined after reporting. */
function files(
  checker: Checker,
  { entry, file }: PlacedSetting,
  name: SplitName,
  expected: string,
): readonly FileReference[] | undefined {
  const { value } = entry
  const wrong = (one: Expression, found = describe(one)) => {
    const help = `${name} = "data/${name}.tsv", or ["data/a.tsv", "data/b.tsv"]`
    checker.report(wrongSettingValue({ span: one.span, name, expected, found, help }))
    return undefined
  }
  const items = value.kind === 'list' ? value.items : [value]
  if (items.length === 0) return wrong(value, 'an empty list')
  const references = items.map((item): FileReference | undefined => {
    if (item.kind !== 'string') return wrong(item)
    const written = checker.interpolate(item, checker.scope(file))
    return written === undefined ? undefined : { path: checker.resolvePath(written, file), span: item.span }
  })
  return references.every((reference) => reference !== undefined) ? references : undefined
}

function whole(
  checker: Checker,
  setting: PlacedSetting | undefined,
  name: string,
  least: number,
): number | undefined {
  return setting && count(checker, name, setting.entry.value, checker.scope(setting.file), least)
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(4))}%`
}
