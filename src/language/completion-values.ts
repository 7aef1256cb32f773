/**
 * What may be written as a value: columns and files in strings, words that settings take, settings of
 * models.
 */
import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver-types'
import { metricNames } from '../check/metric-names.ts'
import { blockAround, depthAt, docOf } from './settings.ts'
import type { Workspace } from './workspace.ts'

/** In a string: columns of the data, files beside the spec. */
export function inText(workspace: Workspace, path: string, before: string): readonly CompletionItem[] {
  const [, column] = /\bcolumn\(\s*"([^"\n]*)$/.exec(before) ?? []
  if (column !== undefined) {
    const block = [...before.matchAll(/^data[ \t]+(\w+)/gm)].at(-1)?.[1]
    return workspace
      .columns(path, block ?? '')
      .map((label) => ({ label, kind: CompletionItemKind.Field, detail: `column of ${block}` }))
  }
  const [, word, written] = /\b(\w+)\s*=?\s*\[?(?:"[^"\n]*",\s*)*"([^"\n]*)$/.exec(before) ?? []
  if (word === undefined || written === undefined || !takesFiles.has(word)) return []
  const folder = written.slice(0, written.lastIndexOf('/') + 1)
  const isImport = word === 'from'
  if (isImport && folder === 'std/')
    return [...new Set(workspace.library().values())].map((file) => ({
      label: file.slice(folder.length),
      kind: CompletionItemKind.File,
    }))
  return workspace
    .filesBeside(path, folder)
    .filter((file) => !file.startsWith('.') && (!isImport || /\.distill$|^[^.]+$/.test(file)))
    .map((label) => ({ label, kind: CompletionItemKind.File }))
}

/** Words before the name of a file. */
const takesFiles: ReadonlySet<string> = new Set([
  ...['from', 'train', 'validation', 'test', 'tokenizer', 'weights', 'vectors', 'file'],
])

/** Behind `pad =`: the words and forms that a setting takes. */
export function valuesAt(
  workspace: Workspace,
  path: string,
  offset: number,
  before: string,
): readonly CompletionItem[] {
  const { blocks, files } = workspace.check(path)
  const around = blockAround(blocks, files.find((one) => one.path === path)?.file, offset)
  const [, name] = /[{,(\n]\s*(\w+)\s*=\s*\[?(?:\w+,\s*)*(?:best\()?\w*$/.exec(before) ?? []
  if (!around || name === undefined) return []
  if (name === 'evaluate' || (name === 'keep' && /best\(\w*$/.test(before)))
    return metricNames.map((label) => ({ label, kind: CompletionItemKind.EnumMember, detail: 'metric' }))
  const kind = depthAt(before, around, offset) === 0 ? around.kind : 'optimizer'
  return (docOf(kind, name)?.values ?? []).map((label, k) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    detail: name,
    sortText: `!${k}`,
  }))
}

/** In `model small = bert_base with {`: the settings of the base with their values there. */
export function modelSettings(workspace: Workspace, path: string, before: string): readonly CompletionItem[] {
  const [, base, body = ''] =
    /(?:^|\n)model[ \t]+\w+'*[ \t]*=[ \t]*(\w+'*)[ \t]+with[ \t]*\{([^{}]*)$/.exec(before) ?? []
  if (base === undefined || !/(?:^|[,\n])\s*\w*$/.test(body)) return []
  const found = new Map<string, string>()
  let entry = workspace
    .check(path)
    .files.find((one) => one.path === path)
    ?.names.get(base)
  for (let depth = 0; entry?.declaration.kind === 'model' && depth < deepest; depth++) {
    const { declaration, file } = entry
    const text = workspace.check(path).sources.get(file.file) ?? ''
    for (const item of declaration.body?.items ?? [])
      if (item.kind === 'binding' && !found.has(item.name.text))
        found.set(item.name.text, text.slice(item.value.span.start, item.value.span.end))
    entry = declaration.base && file.names.get(declaration.base.text)
  }
  const isSet = (name: string): boolean => new RegExp(`(?:^|[,\\n])\\s*${name}\\s*=`).test(body)
  return [...found]
    .filter(([name, value]) => !isSet(name) && isSimple(value))
    .map(([label, value]) => ({
      label,
      kind: CompletionItemKind.Property,
      detail: `${base}: ${value}`,
      insertText: `${label} = `,
    }))
}

/** Models over models; a circle of them is an error elsewhere. */
const deepest = 100

/** A number, a word, or a product of them: what one changes; not a formula of tensors. */
function isSimple(value: string): boolean {
  return /^[\w.%]+(?:\s*[*/]\s*[\w.%]+)?$/.test(value)
}

/** Behind `**.`: the last pieces of the paths of parameters. */
export function endsOfPaths(workspace: Workspace, path: string): readonly CompletionItem[] {
  const program = workspace.program(path)
  const parameters = [...(program?.instances.values() ?? [])].flatMap((instance) => instance.parameters)
  const ends = new Set(parameters.map((parameter) => parameter.path.split('.').at(-1) ?? ''))
  return [...ends].map((label) => ({ label, kind: CompletionItemKind.Field, detail: 'parameters' }))
}
