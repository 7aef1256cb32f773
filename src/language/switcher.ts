/** The values that a setting of a spec may be switched to, to see the spec as `--set NAME=VALUE` has it. */
import type { FileScope } from '../check/files.ts'
import type { SettingDeclaration } from '../syntax/ast.ts'
import type { Expression } from '../syntax/expressions.ts'
import type { Workspace } from './workspace.ts'

export interface Choice {
  readonly name: string
  /** As it is written in the spec. */
  readonly written: string
  /** As the spec is checked now. */
  readonly now: string
  /** All values, as `--set` takes them; the written one first. */
  readonly values: readonly string[]
}

/** Of the settings of a spec that have more than one known value. */
export function choicesOf(workspace: Workspace, path: string): readonly Choice[] {
  const file = workspace.check(path).files.find((one) => one.path === path)
  if (!file) return []
  const chosen = workspace.settings(path)
  return file.tree.declarations.flatMap((declaration) => {
    if (declaration.kind !== 'setting') return []
    const name = declaration.name.text
    const written = literal(declaration.value)
    if (written === undefined) return []
    const values = new Set([
      written,
      ...sweptValues(file, name),
      ...valuesOf(workspace, path, file, declaration),
    ])
    const now = chosen[name]
    if (now !== undefined) values.add(now)
    return values.size > 1 ? [{ name, written, now: now ?? written, values: [...values] }] : []
  })
}

/** Those of a `sweep`. */
function sweptValues({ tree }: FileScope, name: string): readonly string[] {
  return tree.declarations.flatMap((declaration) =>
    declaration.kind !== 'sweep'
      ? []
      : declaration.body.items.flatMap((entry) =>
          entry.kind === 'set' && entry.name.text === name && entry.value.kind === 'list'
            ? entry.value.items.flatMap((item) => literal(item) ?? [])
            : [],
        ),
  )
}

/** Both of a condition; of a text in the path of an import, those for which there is a file. */
function valuesOf(
  workspace: Workspace,
  path: string,
  { tree }: FileScope,
  { name: { text: name }, value }: SettingDeclaration,
): readonly string[] {
  if (value.kind === 'name') return value.name === 'true' || value.name === 'false' ? ['true', 'false'] : []
  return tree.declarations.flatMap((declaration) => {
    if (declaration.kind !== 'import') return []
    const { pieces } = declaration.from
    const place = pieces.findIndex((piece) => typeof piece !== 'string' && piece.hole === name)
    const [before = '', after = ''] = [pieces[place - 1], pieces[place + 1]]
    const isAlone = place >= 0 && pieces.length <= 3
    if (!isAlone || typeof before !== 'string' || typeof after !== 'string') return []
    const folder = before.slice(0, before.lastIndexOf('/') + 1)
    const start = before.slice(folder.length)
    return workspace
      .filesBeside(path, folder)
      .filter((file) => file.startsWith(start) && file.endsWith(after))
      .map((file) => file.slice(start.length, file.length - after.length))
  })
}

/** As `--set` takes it. */
function literal(value: Expression): string | undefined {
  if (value.kind === 'string') return value.value
  if (value.kind === 'number' || value.kind === 'quantity' || value.kind === 'size') return value.text
  return value.kind === 'name' ? value.name : undefined
}
