/** What may be written at a place: names in scope, members of a model, entries of a block, imports. */
import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver-types'
import { builtins } from '../check/builtins/index.ts'
import { dataMembers } from '../check/data.ts'
import { targetAxes } from '../check/member.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import { plainNames } from '../check/resolve.ts'
import type { SettingDoc } from '../check/setting-docs.ts'
import { shapeText } from '../check/terms.ts'
import type { Declaration } from '../syntax/ast.ts'
import { endsOfPaths, inText, modelSettings, valuesAt } from './completion-values.ts'
import { importOf } from './fixes.ts'
import { Lines } from './positions.ts'
import { blockAround, depthAt, docOf } from './settings.ts'
import type { Workspace } from './workspace.ts'

const kinds: { readonly [kind in Declaration['kind']]: CompletionItemKind } = {
  import: CompletionItemKind.Module,
  setting: CompletionItemKind.Constant,
  data: CompletionItemKind.Struct,
  model: CompletionItemKind.Class,
  head: CompletionItemKind.Interface,
  instance: CompletionItemKind.Variable,
  copy: CompletionItemKind.Variable,
  map: CompletionItemKind.Function,
  projection: CompletionItemKind.Function,
  def: CompletionItemKind.Function,
  loss: CompletionItemKind.Function,
  stage: CompletionItemKind.Event,
  sweep: CompletionItemKind.Enum,
}

export function completions(workspace: Workspace, path: string, offset: number): readonly CompletionItem[] {
  const text = workspace.text(path) ?? ''
  const before = text.slice(0, offset)
  if (isInText(before)) return inText(workspace, path, before)
  const [, imported] = /\bimport\s*\{([^}]*)$/.exec(before) ?? []
  if (imported !== undefined) return importable(workspace, text.slice(offset), imported)
  const [, written] = /((?:[A-Za-z_]\w*(?:\[[^[\]]*\])?\.)+)\w*$/.exec(before) ?? []
  if (written !== undefined) return members(workspace, path, written, before)
  if (/\*\*\.\w*$/.test(before)) return endsOfPaths(workspace, path)
  const settings = modelSettings(workspace, path, before)
  if (settings.length > 0) return settings
  const values = valuesAt(workspace, path, offset, before)
  const entries = entriesAt(workspace, path, offset, before)
  return entries.length > 0 ? entries : [...values, ...names(workspace, path, text)]
}

/** Whether a place is in a string or a comment. */
function isInText(before: string): boolean {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const rest = line.replace(/"(?:\\.|[^"\\])*"/g, '')
  return rest.includes('//') || rest.includes('"')
}

/** @param after the text behind the cursor, @param written the names that are there already */
function importable(workspace: Workspace, after: string, written: string): readonly CompletionItem[] {
  const [, from] = /^[^}\n]*\}\s*from\s*"([^"]*)"/.exec(after) ?? []
  const known = new Set(written.match(/\w+/g) ?? [])
  return [...workspace.library()]
    .filter(([name, file]) => !known.has(name) && (from === undefined || file === from))
    .map(([name, file]) => ({ label: name, kind: CompletionItemKind.Reference, detail: file }))
}

/** Of `S.layer[1].`: what can follow. */
function members(
  workspace: Workspace,
  path: string,
  written: string,
  before: string,
): readonly CompletionItem[] {
  const [root = '', ...pieces] = written
    .replace(/\[[^\]]*\]/g, '')
    .split('.')
    .slice(0, -1)
  if (root === 'batch')
    return [...targetAxes].map(([label, axes]) => ({
      label,
      kind: CompletionItemKind.Field,
      detail: `[${axes.join(', ')}]`,
    }))
  const program = workspace.program(path)
  if (program?.data.has(root))
    return dataMembers.map((label) => ({
      label,
      kind: CompletionItemKind.Property,
      detail: `of data ${root}`,
    }))
  const instance = program?.instances.get(root)
  if (instance) return piecesOf(instance, pieces)
  // In the block of a teacher, a student or a model, paths begin below it.
  const [, around = ''] =
    /(?:^|\n)[ \t]*(?:teacher|student|model)[ \t]+(\w+)(?:(?!\n\S)[\s\S])*$/.exec(before) ?? []
  const own = program?.instances.get(around) ?? instanceOf(program, around)
  return own ? piecesOf(own, [root, ...pieces]) : []
}

/** A teacher or student of a model. */
function instanceOf(program: Program | undefined, model: string): ModelInstance | undefined {
  return [...(program?.instances.values() ?? [])].find((instance) => instance.model === model)
}

/** The next pieces of the paths of a model: taps with their shapes, settings with their values. */
function piecesOf(
  { taps, settings, parameters }: ModelInstance,
  before: readonly string[],
): readonly CompletionItem[] {
  const found = new Map<string, CompletionItem>()
  const add = (path: string, kind: CompletionItemKind, detail: string): void => {
    const pieces = path.split('.')
    const own = pieces.map((piece) => piece.replace(/\[.*$/, ''))
    if (before.some((piece, k) => own[k] !== piece)) return
    const label = own[before.length]
    if (label === undefined || found.has(label)) return
    const isLast = pieces.length === before.length + 1
    const isMany = pieces[before.length] !== label
    found.set(label, {
      label: isMany ? `${label}[]` : label,
      kind: isLast ? kind : CompletionItemKind.Module,
      ...(isLast ? { detail } : {}),
      filterText: label,
      insertText: label,
    })
  }
  for (const [path, term] of taps) add(path, CompletionItemKind.Field, shapeText(term))
  for (const { path, shape } of parameters) add(path, CompletionItemKind.Field, `[${shape.join(', ')}]`)
  for (const [path, value] of settings) add(path, CompletionItemKind.Property, String(value))
  return [...found.values()]
}

/** Where an entry begins: the settings that the block around it may have and has not. */
function entriesAt(
  workspace: Workspace,
  path: string,
  offset: number,
  before: string,
): readonly CompletionItem[] {
  if (!/[{,\n]\s*\w*$/.test(before)) return []
  const { blocks, files } = workspace.check(path)
  const file = files.find((one) => one.path === path)?.file
  const around = blockAround(blocks, file, offset)
  if (!around || depthAt(before, around, offset) !== 0) return []
  const text = workspace.text(path)?.slice(around.span.start, around.span.end) ?? ''
  const isSet = (name: string): boolean => new RegExp(`[{,\\n]\\s*${name}\\s*=`).test(text)
  return [
    ...around.settings
      .filter((label) => !isSet(label))
      .map((label) => settingItem(label, docOf(around.kind, label))),
    ...around.others
      .filter((label) => label !== 'set' && label !== 'block')
      .map((label) => ({ ...settingItem(label, docOf(around.kind, label)), insertText: `${label} ` })),
  ]
}

/** A setting with what holds without it. */
function settingItem(label: string, doc: SettingDoc | undefined): CompletionItem {
  return {
    label,
    kind: CompletionItemKind.Property,
    insertText: `${label} = `,
    ...(doc?.usual === undefined ? {} : { detail: `without it: ${doc.usual}` }),
    ...(doc ? { documentation: doc.about } : {}),
  }
}

/** Names of the file, of the language, and of the library, with the import that they need. */
function names(workspace: Workspace, path: string, text: string): readonly CompletionItem[] {
  const file = workspace.check(path).files.find((one) => one.path === path)
  if (!file) return []
  const lines = new Lines(text)
  const own = [...file.names].map(([label, { declaration }]) => ({
    label,
    kind: kinds[declaration.kind],
    detail: declaration.kind,
  }))
  const ofLanguage = [
    ...[...builtins].map(([label, { signature }]) => ({
      label,
      kind: CompletionItemKind.Function,
      detail: signature,
    })),
    ...[...plainNames].map((label) => ({ label, kind: CompletionItemKind.Keyword })),
  ]
  const ofLibrary = [...workspace.library()]
    .filter(([label]) => !file.names.has(label))
    .map(([name, from]) => {
      const { text: newText, ...place } = importOf(file.tree, { name, from })
      return {
        label: name,
        kind: CompletionItemKind.Reference,
        detail: `import from "${from}"`,
        sortText: `~${name}`,
        additionalTextEdits: [{ range: lines.rangeOf(place), newText }],
      }
    })
  return [...own, ...ofLanguage, ...ofLibrary]
}
