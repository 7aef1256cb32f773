/** Remedies of diagnostics as edits. Each is checked: one that leaves its diagnostic is not offered. */
import {
  type CodeAction,
  CodeActionKind,
  type Range,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver-types'
import type { FileScope } from '../check/files.ts'
import type { Diagnostic, Fix, Span } from '../diagnostics/diagnostic.ts'
import type { ImportDeclaration, SourceFile } from '../syntax/ast.ts'
import { Lines } from './positions.ts'
import { problemOf } from './problems.ts'
import type { Checked, Workspace } from './workspace.ts'

/** A stretch of a text, and what replaces it. */
interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Remedy {
  readonly diagnostic: Diagnostic
  readonly title: string
  readonly changes: readonly Change[]
}

export interface FixedText {
  readonly workspace: Workspace
  readonly path: string
  readonly uriOf: (path: string) => string
}

/** One action for each diagnostic at a place, and one for all of the text where there are several. */
export function fixesAt({ workspace, path, uriOf }: FixedText, range: Range): readonly CodeAction[] {
  const checked = workspace.check(path)
  const lines = new Lines(workspace.text(path) ?? '')
  const [from, to] = [lines.offsetOf(range.start), lines.offsetOf(range.end)]
  const remedies = remediesOf(path, checked)
  const editsOf = (changes: readonly Change[]): TextEdit[] =>
    changes.map((change) => ({ range: lines.rangeOf(change), newText: change.text }))
  /** Whether as many of these diagnostics are gone after some changes. What they hid may appear. */
  const remedied = (own: readonly Remedy[], changes: readonly Change[]): boolean => {
    const after = workspace.checkWith(path, new Map([[path, lines.edited(editsOf(changes))]]))
    const keys = new Set(own.map(({ diagnostic }) => keyOf(diagnostic)))
    const count = ({ diagnostics }: Pick<Checked, 'diagnostics'>): number =>
      diagnostics.filter((one) => keys.has(keyOf(one))).length
    return count(after) <= count(checked) - own.length
  }
  const edit = (changes: readonly Change[]): WorkspaceEdit => ({
    changes: { [uriOf(path)]: editsOf(changes) },
  })
  const single = remedies
    .filter(({ diagnostic: { span } }) => span !== undefined && span.start <= to && from <= span.end)
    .filter((one) => remedied([one], one.changes))
    .map(
      ({ diagnostic, title, changes }): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [problemOf(diagnostic, checked, uriOf, path)],
        isPreferred: true,
        edit: edit(changes),
      }),
    )
  if (single.length === 0) return []
  const all = apart(remedies)
  const changes = all.flatMap((one) => one.changes)
  if (all.length < 2 || !remedied(all, changes)) return single
  return [
    ...single,
    {
      title: `Fix all ${all.length} of these in this file`,
      kind: CodeActionKind.SourceFixAll,
      edit: edit(changes),
    },
  ]
}

function remediesOf(path: string, checked: Checked): readonly Remedy[] {
  return checked.diagnostics.flatMap((diagnostic): readonly Remedy[] => {
    const { fix, span } = diagnostic
    const file = span && checked.pathOf(span) === path ? checked.fileOf(span) : undefined
    const remedy = fix && span && file && remedyOf(fix, span, file)
    return remedy ? [{ diagnostic, ...remedy }] : []
  })
}

function remedyOf(fix: Fix, { start, end }: Span, file: FileScope): Omit<Remedy, 'diagnostic'> | undefined {
  switch (fix.kind) {
    case 'replace':
      return { title: `Write \`${fix.text}\``, changes: [{ start, end, text: fix.text }] }
    case 'append':
      return { title: `Add \`${fix.text.trim()}\``, changes: [{ start: end, end, text: fix.text }] }
    case 'import':
      return { title: `Import \`${fix.name}\` from "${fix.from}"`, changes: [importOf(file.tree, fix)] }
    case 'project': {
      const changes = projectionOf(file, fix)
      return changes && { title: `Project it: ${fix.from} -> ${fix.to}`, changes }
    }
  }
}

/** A projection above the declaration that reads the state, and its use there. */
function projectionOf(
  { file, tree, names }: FileScope,
  { state, from, to }: Extract<Fix, { kind: 'project' }>,
): readonly Change[] | undefined {
  const reader = tree.declarations.find(({ span }) => span.start <= state.start && state.end <= span.end)
  const name = ['W', 'V', 'U', 'P', 'Q'].find((free) => !names.has(free))
  if (state.file !== file || !reader || name === undefined) return undefined
  const [first] = reader.trivia.detached ? [] : reader.trivia.leading
  const { start } = first?.span ?? reader.span
  return [
    { start, end: start, text: `projection ${name} : ${from} -> ${to} = linear\n\n` },
    { start: state.start, end: state.start, text: `${name}(` },
    { start: state.end, end: state.end, text: ')' },
  ]
}

/** Behind the names that the file imports from there, else on a line of its own behind all imports. */
export function importOf(
  { declarations }: SourceFile,
  { name, from }: { readonly name: string; readonly from: string },
): Change {
  const imports = declarations.filter((one): one is ImportDeclaration => one.kind === 'import')
  const last = imports.find((one) => one.from.value === from)?.names.at(-1)
  if (last) {
    const { end } = (last.as ?? last.name).span
    return { start: end, end, text: `, ${name}` }
  }
  const line = `import { ${name} } from "${from}"`
  const before = imports.at(-1)
  if (before) return { start: before.span.end, end: before.span.end, text: `\n${line}` }
  return { start: 0, end: 0, text: `${line}\n` }
}

/** Those that do not touch others, each once: an import may be the remedy of several diagnostics. */
function apart(remedies: readonly Remedy[]): readonly Remedy[] {
  const kept: Remedy[] = []
  const touches = (a: Change, b: Change): boolean => a.start <= b.end && b.start <= a.end
  for (const remedy of remedies)
    if (!kept.some((one) => one.changes.some((a) => remedy.changes.some((b) => touches(a, b)))))
      kept.push(remedy)
  return kept
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`
}
