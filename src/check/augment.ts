/**
 * `augment { proposals = G.mlm, vectors = "glove.txt" }` of a data block: its settings, and whether they fit
 * its texts. Data blocks are evaluated before heads. So the requirements on the proposing head are a rule of
 * their own (rules/proposals.ts).
 */

import { cannotAugment } from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { Expression, Name } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { PlacedSetting } from './effective-block.ts'
import { count, describe, flag, share } from './entries.ts'
import type { AugmentSpec } from './example-specs.ts'
import type { FileReference } from './file-reference.ts'
import type { FileScope } from './files.ts'
import type { DataSpec, LabelSource, TextSource } from './program.ts'
import type { Term } from './tensor-term.ts'

interface AugmentedBlock {
  readonly name: Name
  readonly text: TextSource
  readonly label: LabelSource | undefined
  readonly train: readonly FileReference[] | undefined
}

/** Undefined after reporting that these texts cannot be augmented, or not by what is given. */
export function augmentSpec(
  checker: Checker,
  settings: ReadonlyMap<string, PlacedSetting>,
  block: AugmentedBlock,
): AugmentSpec | undefined {
  const read = <Result>(name: string, how: (value: Expression, file: FileScope) => Result) => {
    const setting = settings.get(name)
    return setting && how(setting.entry.value, setting.file)
  }
  const proposals = read('proposals', (value) => proposalsOf(checker, value))
  const vectors = read('vectors', (value, file) => vectorsOf(checker, value, file))
  const probability = read('probability', (value, file) =>
    share(checker, 'probability', value, checker.scope(file)),
  )
  const candidates = read('candidates', (value, file) =>
    count(checker, 'candidates', value, checker.scope(file)),
  )
  const copies = read('copies', (value, file) => count(checker, 'copies', value, checker.scope(file)))
  const besideOriginal = read('beside_original', (value) => flag(checker, 'beside_original', value))
  const [first] = settings.values()
  const span = first?.owner.name.span ?? block.name.span
  const problem = problemOf(block, settings)
  if (problem) {
    checker.report(cannotAugment({ span, data: block.name.text, ...problem }))
    return undefined
  }
  return {
    ...(proposals ? { proposals } : {}),
    ...(vectors ? { vectors } : {}),
    probability: probability ?? 0.4,
    candidates: candidates ?? 15,
    copies: copies ?? 30,
    besideOriginal: besideOriginal ?? true,
    span,
  }
}

function problemOf(
  { text, label, train }: AugmentedBlock,
  settings: ReadonlyMap<string, PlacedSetting>,
): { readonly problem: string; readonly help: string } | undefined {
  if (label?.kind === 'span')
    return {
      problem: 'its answers are places in the text, which move when words are replaced',
      help: 'train on questions as they are: leave `augment` out',
    }
  if (text.kind === 'documents')
    return {
      problem: 'documents are cut into blocks, not into texts',
      help: 'text = lines, or a column of a table',
    }
  if (train === undefined)
    return {
      problem: 'it has no training file, and only training examples are augmented',
      help: 'train = "data/train.tsv"',
    }
  if (!settings.has('proposals') && !settings.has('vectors'))
    return {
      problem: 'nothing proposes words',
      help: 'proposals = G.mlm for words of one piece, vectors = "glove.txt" for all others',
    }
  return undefined
}

function proposalsOf(checker: Checker, value: Expression): AugmentSpec['proposals'] {
  if (value.kind === 'member' && value.base.kind === 'name')
    return { instance: value.base.name, head: value.name.text, span: value.span }
  const expected = 'a masked_lm head of a teacher'
  const help = 'proposals = G.mlm'
  checker.report(
    wrongSettingValue({ span: value.span, name: 'proposals', expected, found: describe(value), help }),
  )
  return undefined
}

function vectorsOf(checker: Checker, value: Expression, file: FileScope): FileReference | undefined {
  if (value.kind !== 'string') {
    const expected = 'a file name in quotes'
    const found = describe(value)
    const help = 'vectors = "glove.6B.100d.txt"'
    checker.report(wrongSettingValue({ span: value.span, name: 'vectors', expected, found, help }))
    return undefined
  }
  const written = checker.interpolate(value, checker.scope(file))
  return written === undefined ? undefined : { path: checker.resolvePath(written, file), span: value.span }
}

/** The output of the model that proposes words for a data block. */
export function proposedBy(checker: Checker, { augment }: DataSpec): Term[] {
  const owner = augment?.proposals && checker.instance(augment.proposals.instance)
  return (owner?.bindings() ?? []).flatMap(({ value }) => (value?.kind === 'term' ? [value.term] : []))
}
