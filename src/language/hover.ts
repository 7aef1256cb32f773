/** What is said of a name: how it is declared, its documentation, and what the checker knows of it. */
import type { Span } from '../diagnostics/diagnostic.ts'
import { countParameters, instanceParameters } from '../explain/parameters.ts'
import type { Declaration, Trivia } from '../syntax/ast.ts'
import type { Occurrence } from './names.ts'
import type { Checked } from './workspace.ts'

/** Markdown; undefined where nothing is known. */
export function hoverText(checked: Checked, { declarations }: Occurrence): string | undefined {
  const parts = declarations.flatMap((place) => declarationText(checked, place) ?? [])
  return parts.length === 0 ? undefined : [...new Set(parts)].join('\n\n---\n\n')
}

function declarationText(checked: Checked, place: Span): string | undefined {
  const text = checked.sources.get(place.file)
  if (text === undefined) return undefined
  const declaration = declarationAt(checked, place)
  const line = declaration ? headOf(text, declaration.span) : lineAt(text, place.start)
  const about = declaration && 'name' in declaration ? factsOf(checked, declaration.name.text) : []
  return [
    `\`\`\`distill\n${line}\n\`\`\``,
    ...(declaration ? documentation(declaration.trivia) : []),
    ...about,
    ...(checked.fileOf(place)?.library ? [`declared in \`${place.file}\``] : []),
  ].join('\n\n')
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
  const lines = leading.filter((comment) => comment.documentation).map(({ text }) => text)
  return lines.length === 0 ? [] : [lines.join('\n')]
}

const shown = (count: number): string => count.toLocaleString('en-US')

/** Parameters of a model, a teacher or a student. */
function factsOf({ program }: Checked, name: string): readonly string[] {
  const instance = program?.instances.get(name)
  const model = program?.models.get(name)
  if (program && instance) return [`${shown(instanceParameters(program, instance).total)} parameters`]
  return model ? [`${shown(countParameters(model))} parameters`] : []
}
