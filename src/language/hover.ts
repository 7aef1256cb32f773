/**
 * What is said of a name: how it is declared, its documentation, and what the checker knows of it; of a
 * setting of a block, what it means.
 */
import { builtins } from '../check/builtins/index.ts'
import { type SettingDoc, wordDocs } from '../check/setting-docs.ts'
import type { Value } from '../check/values.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Declaration, StageDeclaration, Trivia } from '../syntax/ast.ts'
import { curveText } from './curve.ts'
import { factsOf, stagesOf } from './facts.ts'
import { settingAt } from './settings.ts'
import { valuesText } from './value-text.ts'
import type { Checked, Workspace } from './workspace.ts'

/** Markdown with the name that it is about; undefined where nothing is known. */
export interface HoverText {
  readonly value: string
  readonly span: Span
}

export function hoverAt(workspace: Workspace, path: string, offset: number): HoverText | undefined {
  const checked = workspace.check(path)
  const file = checked.files.find((one) => one.path === path)
  const text = file && checked.sources.get(file.file)
  if (!file || text === undefined) return undefined
  const occurrence = checked.names().at(file.file, offset)
  const span = occurrence?.span ?? wordAt(file.file, text, offset)
  if (!span) return undefined
  const name = text.slice(span.start, span.end)
  const setting = settingAt(checked.blocks, span, text)
  const parts = [
    ...(occurrence?.declarations ?? []).flatMap((place) => declarationText(workspace, path, place) ?? []),
    ...valueTexts(checked, span),
    ...(occurrence === undefined && setting === undefined ? wordText(name) : []),
    ...(setting ? settingText(name, setting, curveAt(workspace, path, span, name)) : []),
  ]
  const value = [...new Set(parts)].join('\n\n---\n\n')
  return value === '' ? undefined : { value, span }
}

/** A word that is no part of a comment or a string. */
function wordAt(file: string, text: string, offset: number): Span | undefined {
  const start = text.slice(0, offset).search(/[A-Za-z_]\w*'*$/)
  const from = start < 0 ? offset : start
  const [word] = /^[A-Za-z_]\w*'*/.exec(text.slice(from)) ?? []
  if (word === undefined) return undefined
  const line = text.slice(text.lastIndexOf('\n', from - 1) + 1, from).replace(/"(?:\\.|[^"\\])*"/g, '')
  return /\/\/|"/.test(line) ? undefined : { file, start: from, end: from + word.length }
}

function declarationText(workspace: Workspace, path: string, place: Span): string | undefined {
  const checked = workspace.check(path)
  const text = checked.sources.get(place.file)
  if (text === undefined) return undefined
  const declaration = declarationAt(checked, place)
  const program = workspace.program(path)
  const facts = declaration && program ? factsOf(program, declaration) : []
  return [
    fenced(declaration ? headOf(text, declaration.span) : lineAt(text, place.start)),
    ...(declaration ? documentation(declaration.trivia) : []),
    ...(facts.length > 0 ? [facts.join('  \n')] : []),
    ...(checked.fileOf(place)?.library ? [`declared in \`${place.file}\``] : []),
  ].join('\n\n')
}

function fenced(text: string): string {
  return `\`\`\`distill\n${text}\n\`\`\``
}

function declarationAt(checked: Checked, place: Span): Declaration | undefined {
  return checked
    .fileOf(place)
    ?.tree.declarations.find((one) => 'name' in one && one.name.span.start === place.start)
}

/** A declaration up to its block. */
function headOf(text: string, { start, end }: Span): string {
  const written = text.slice(start, end)
  const [head = ''] = /^[^{\n]*(?:\{[^{}\n]*\}[^{\n]*)?/.exec(written) ?? []
  return head.trimEnd()
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end < 0 ? undefined : end).trim()
}

function documentation({ leading, detached }: Trivia): readonly string[] {
  if (detached) return []
  // Behind a blank line: what is above it is about the file.
  const own = leading.slice(
    Math.max(
      0,
      leading.findLastIndex(({ blankBefore }) => blankBefore === true),
    ),
  )
  const lines = own.filter((comment) => comment.documentation).map(({ text }) => text)
  return lines.length === 0 ? [] : [lines.join('\n')]
}

/** `S.hidden[m] : [example, token, unit 312]`, and where a number comes from. */
function valueTexts(checked: Checked, name: Span): readonly string[] {
  return checked
    .expressions()
    .at(name)
    .flatMap(({ expression, values }) => {
      const said = valuesText(values.filter(({ kind }) => !declared.has(kind)))
      if (said === undefined) return []
      const { file, start, end } = expression.span
      const written = (checked.sources.get(file) ?? '').slice(start, end).replace(/\s+/g, ' ')
      const origins = new Set(values.flatMap((value) => originText(checked, value, expression.span) ?? []))
      return [[fenced(`${shortened(written)} : ${said}`), ...origins].join('\n\n')]
    })
}

/** Values that the declaration shows already. */
const declared: ReadonlySet<Value['kind']> = new Set([
  ...(['model', 'instance', 'head', 'function', 'builtin', 'data', 'stage', 'projection', 'map'] as const),
])

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** The binding or literal that set a number, if it is elsewhere. */
function originText(checked: Checked, value: Value, own: Span): string | undefined {
  if (value.kind !== 'number' || !value.origin) return undefined
  const { file, start } = value.origin
  if (file === own.file && start >= own.start && start < own.end) return undefined
  const text = checked.sources.get(file) ?? ''
  const line = text.slice(0, start).split('\n').length
  return `from ${file}:${line}: \`${lineAt(text, start)}\``
}

/** A function or a word of the language. */
function wordText(name: string): readonly string[] {
  const builtin = builtins.get(name)
  const about = Object.hasOwn(wordDocs, name) ? wordDocs[name] : undefined
  return [
    ...(builtin ? [fenced(builtin.signature)] : []),
    ...(about === undefined ? [] : [`**${name}**: ${about}`]),
  ]
}

function settingText(
  name: string,
  { about, usual, values }: SettingDoc,
  curve: string | undefined,
): string[] {
  return [
    [
      `**${name}**: ${about}`,
      ...(usual === undefined ? [] : [`Without it: ${usual}.`]),
      ...(values ? [`For example: ${values.map((value) => `\`${value}\``).join(', ')}`] : []),
      ...(curve === undefined ? [] : [`\`${curve}\``]),
    ].join('\n\n'),
  ]
}

/** Of `rate`, its course over the stage around it. */
function curveAt(workspace: Workspace, path: string, span: Span, name: string): string | undefined {
  if (name !== 'rate' && name !== 'optimizer') return undefined
  const checked = workspace.check(path)
  const stage = checked
    .fileOf(span)
    ?.tree.declarations.find(
      (one): one is StageDeclaration =>
        one.kind === 'stage' && one.span.start <= span.start && span.end <= one.span.end,
    )
  const program = workspace.program(path)
  const found = stage && program && stagesOf(program, stage.name.text)[0]
  return found?.optimizer && curveText(found.optimizer.settings.rate, found.budget)
}
