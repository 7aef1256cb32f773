/**
 * The settings of a data block and of its bases: `data b = a with { ... }` replaces single settings of `a`
 * and keeps the rest.
 */

import { dataCycle } from '../diagnostics/messages/data.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { DataDeclaration } from '../syntax/ast.ts'
import type { Name } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import type { EffectiveBlock, PlacedSetting } from './effective-block.ts'
import { type Entries, readEntries } from './entries.ts'
import type { FileScope } from './files.ts'
import type { BlockKind } from './setting-docs.ts'

const dataSettings = [
  'train',
  'validation',
  'test',
  'by',
  'limit',
  'seed',
  'format',
  'columns',
  'text',
  'label',
  'tokenizer',
  'max_length',
  'pad',
  'group',
] as const

const blockSettings = {
  mask: ['probability', 'replace', 'smoothing', 'whole_word', 'ngrams', 'maximum'],
  augment: ['proposals', 'vectors', 'probability', 'candidates', 'copies', 'beside_original'],
} as const satisfies Partial<Record<BlockKind, readonly string[]>>

/**
 * The settings of a data block, including those of its bases. Undefined after reporting a base that is the
 * block itself or no data block. Each block is read once, starting from the last base, in a loop: a chain may
 * be long.
 */
export function effectiveBlock(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
): EffectiveBlock | undefined {
  const unread = new Map<DataDeclaration, FileScope>()
  let block: EffectiveBlock | undefined = { settings: new Map(), blocks: new Map(), meant: new Set() }
  let next: Placed | undefined = { declaration, file }
  while (next) {
    const at: Placed = next
    if (checker.dataBlocks.has(at.declaration)) {
      block = checker.dataBlocks.get(at.declaration)
      break
    }
    if (unread.has(at.declaration)) {
      reportCycle(checker, at.declaration, new Set(unread.keys()))
      block = undefined
      break
    }
    unread.set(at.declaration, at.file)
    next = at.declaration.base && basePlace(checker, at.declaration.base, at.file)
    if (at.declaration.base && !next) block = undefined
  }
  for (const [own, where] of [...unread].reverse()) {
    block = block && withOwn(checker, block, own, where)
    checker.dataBlocks.set(own, block)
  }
  return block
}

/**
 * Reports a circle of bases once, at its first block, wherever it was entered. `visited` is in order;
 * `declaration` is the block that comes again.
 */
export function reportCycle(
  checker: Checker,
  declaration: DataDeclaration,
  visited: ReadonlySet<DataDeclaration>,
): void {
  const path = [...visited]
  const cycle = path.slice(path.indexOf(declaration))
  const { name } = cycle.reduce((a, b) => (b.name.span.start < a.name.span.start ? b : a), declaration)
  checker.report(dataCycle({ span: name.span, data: name.text }))
}

interface Placed {
  readonly declaration: DataDeclaration
  readonly file: FileScope
}

/** The base with the declaration's own settings in place of the base's. */
function withOwn(
  checker: Checker,
  base: EffectiveBlock,
  declaration: DataDeclaration,
  file: FileScope,
): EffectiveBlock {
  const settings = new Map(base.settings)
  const blocks = new Map([...base.blocks].map(([name, inner]) => [name, new Map(inner)]))
  const meant = new Set(base.meant)
  const own: Entries = readEntries(checker, declaration.body, {
    kind: 'data',
    place: 'data',
    where: `data \`${declaration.name.text}\``,
    settings: dataSettings,
    blocks: Object.keys(blockSettings),
  })
  for (const name of own.meant) meant.add(name)
  for (const [name, entry] of own.settings) {
    // `label = none` removes the base's label. `group = none` is a choice of its own.
    const none = entry.value.kind === 'name' && entry.value.name === 'none'
    if (none && name !== 'group') settings.delete(name)
    else settings.set(name, { entry, owner: declaration, file })
  }
  for (const [name, block] of own.blocks) {
    const inner = blocks.get(name) ?? new Map<string, PlacedSetting>()
    const kind = name === 'mask' ? name : 'augment'
    const rules = { kind, place: 'data', where: `\`${name}\``, settings: blockSettings[kind] } as const
    for (const [key, entry] of readEntries(checker, block.body, rules).settings) {
      inner.set(key, { entry, owner: declaration, file })
    }
    blocks.set(name, inner)
  }
  return { settings, blocks, meant }
}

/** The data block of this name; undefined after reporting that there is none. */
function basePlace(checker: Checker, base: Name, file: FileScope): Placed | undefined {
  const found = checker.named(base.text, file)
  if (found !== undefined && found !== 'broken' && found.declaration.kind === 'data')
    return { declaration: found.declaration, file: found.file }
  const value = checker.resolveName(base.text, base.span, checker.scope(file))
  if (value.kind !== 'poison') {
    checker.report(
      wrongSettingValue({
        span: base.span,
        name: 'with',
        expected: 'a data block',
        found: `\`${base.text}\``,
      }),
    )
  }
  return undefined
}
