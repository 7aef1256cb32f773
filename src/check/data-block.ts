/** A data block with what it takes from others: `data b = a with { ... }` replaces single settings and keeps the rest. */

import { dataCycle } from '../diagnostics/messages/data.ts'
import { definitionsTooDeep } from '../diagnostics/messages/names.ts'
import { wrongSettingValue } from '../diagnostics/messages/settings.ts'
import type { DataDeclaration, SetEntry } from '../syntax/ast.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import { type Entries, readEntries } from './entries.ts'
import type { FileScope } from './files.ts'

/** A setting with the declaration and file that say it: paths are relative to that file. */
export interface PlacedSetting {
  readonly entry: SetEntry
  readonly owner: DataDeclaration
  readonly file: FileScope
}
export interface EffectiveBlock {
  readonly settings: ReadonlyMap<string, PlacedSetting>
  /** `mask`, `augment`: their settings, the empty map where nothing is in the braces. */
  readonly blocks: ReadonlyMap<string, ReadonlyMap<string, PlacedSetting>>
  /** Settings that a wrong one was meant to be. */
  readonly meant: ReadonlySet<string>
}

const dataSettings = [
  'train',
  'validation',
  'test',
  'format',
  'columns',
  'text',
  'label',
  'tokenizer',
  'max_length',
  'pad',
  'group',
] as const

const blockSettings: Readonly<Record<string, readonly string[]>> = {
  mask: ['probability', 'replace', 'smoothing', 'whole_word', 'ngrams', 'maximum'],
  augment: ['proposals', 'vectors', 'probability', 'candidates', 'copies', 'beside_original'],
}

/** The settings of a data block, those of its bases included; undefined after reporting that it is built on itself. */
export function effectiveBlock(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
  visited: ReadonlySet<DataDeclaration> = new Set(),
): EffectiveBlock | undefined {
  if (visited.size >= limits.nesting) {
    const { span } = declaration.name
    checker.report(definitionsTooDeep({ span, deepest: limits.nesting }))
    return undefined
  }
  if (visited.has(declaration)) {
    reportCycle(checker, declaration, visited)
    return undefined
  }
  const settings = new Map<string, PlacedSetting>()
  const blocks = new Map<string, Map<string, PlacedSetting>>()
  const meant = new Set<string>()
  if (declaration.base) {
    const base = baseBlock(checker, declaration, file, visited)
    if (base === undefined) return undefined
    for (const [name, placed] of base.settings) settings.set(name, placed)
    for (const name of base.meant) meant.add(name)
    for (const [name, inner] of base.blocks) blocks.set(name, new Map(inner))
  }
  const own: Entries = readEntries(checker, declaration.body, {
    place: 'data',
    where: `data \`${declaration.name.text}\``,
    settings: dataSettings,
    blocks: Object.keys(blockSettings),
  })
  for (const name of own.meant) meant.add(name)
  for (const [name, entry] of own.settings) {
    // `label = none` takes away what a base says; of groups, `none` is a way of its own.
    const none = entry.value.kind === 'name' && entry.value.name === 'none'
    if (none && name !== 'group') settings.delete(name)
    else settings.set(name, { entry, owner: declaration, file })
  }
  for (const [name, block] of own.blocks) {
    const inner = blocks.get(name) ?? new Map<string, PlacedSetting>()
    const rules = { place: 'data' as const, where: `\`${name}\``, settings: blockSettings[name] ?? [] }
    for (const [key, entry] of readEntries(checker, block.body, rules).settings) {
      inner.set(key, { entry, owner: declaration, file })
    }
    blocks.set(name, inner)
  }
  return { settings, blocks, meant }
}

/** One circle is one error, wherever it was entered: at its first block. `visited` is in order, `declaration` the block that comes again. */
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

function baseBlock(
  checker: Checker,
  declaration: DataDeclaration,
  file: FileScope,
  visited: ReadonlySet<DataDeclaration>,
): EffectiveBlock | undefined {
  const { base } = declaration
  if (base === undefined) return undefined
  const found = file.names.get(base.text)
  if (found?.declaration.kind === 'data') {
    return effectiveBlock(checker, found.declaration, found.file, new Set([...visited, declaration]))
  }
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
