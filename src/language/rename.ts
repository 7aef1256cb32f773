/** Other names for declarations, in all files that use them. */
import type { TextEdit } from 'vscode-languageserver-types'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Names, Occurrence } from './names.ts'
import { Lines } from './positions.ts'
import type { Checked, Workspace } from './workspace.ts'

/** Edits by path, or why there are none. */
export type Rename =
  | { readonly edits: ReadonlyMap<string, readonly TextEdit[]> }
  | { readonly reason: string }

interface Asked {
  readonly checked: Checked
  readonly names: Names
  readonly occurrence: Occurrence
  readonly name: string
}

/**
 * Nothing is changed if the spec, or another open one, would then have an error that it has not now: a word
 * of the language, a name that is taken, or a place that the checker does not reach.
 */
export function renamed(
  workspace: Workspace,
  path: string,
  { checked, names, occurrence, name }: Asked,
): Rename {
  if (!/^[A-Za-z_]\w*$/.test(name)) return { reason: `\`${name}\` is no name: letters, digits and _` }
  const edits = new Map<string, TextEdit[]>()
  const texts = new Map<string, string>()
  const specs = [path, ...workspace.paths.filter((other) => other !== path)]
  const places = new Map<string, readonly Occurrence[]>()
  for (const spec of specs) {
    const own = spec === path ? { checked, names } : ofSpec(workspace, spec)
    const found =
      spec === path
        ? occurrence
        : own.names.at(keyOf(own.checked, checked, occurrence), occurrence.span.start)
    if (!found) continue
    // An import may give the declaration another name in its file, which stays.
    const same = own.names.of(found).filter(({ text }) => text === occurrence.text)
    for (const one of same) {
      const at = own.checked.pathOf(one.span)
      const known = places.get(at) ?? []
      if (!known.some(({ span }) => span.start === one.span.start)) places.set(at, [...known, one])
    }
  }
  for (const [file, found] of places) {
    const lines = new Lines(workspace.text(file) ?? '')
    const own = found.map(({ span }) => ({ range: lines.rangeOf(span), newText: name }))
    edits.set(file, own)
    texts.set(file, lines.edited(own))
  }
  for (const spec of specs) {
    const worse = firstNew(workspace.check(spec).diagnostics, workspace.checkWith(spec, texts).diagnostics)
    if (worse) return { reason: `with the name \`${name}\`: ${worse.message} (${worse.code})` }
  }
  return { edits }
}

function ofSpec(workspace: Workspace, spec: string): { readonly checked: Checked; readonly names: Names } {
  const checked = workspace.check(spec)
  return { checked, names: checked.names() }
}

/** The name that another check has for the file of a place. */
function keyOf(other: Checked, own: Checked, { span }: Occurrence): string {
  const path = own.pathOf(span)
  return other.files.find((file) => file.path === path)?.file ?? ''
}

/** The first error of which there are more than before. */
function firstNew(before: readonly Diagnostic[], after: readonly Diagnostic[]): Diagnostic | undefined {
  const count = (all: readonly Diagnostic[], asked: string): number =>
    all.filter(({ code }) => code === asked).length
  return after.find(({ code, severity }) => severity === 'error' && count(after, code) > count(before, code))
}
