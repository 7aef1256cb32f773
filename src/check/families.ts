/** Stages and members of stage families as one list, each behind the stage that it follows. */
import { emptyFamily, stageCycle, tooManyStages, unknownStage } from '../diagnostics/messages/stages.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { StageDeclaration } from '../syntax/ast.ts'
import type { Name } from '../syntax/expressions.ts'
import { limits } from '../syntax/limits.ts'
import type { Checker } from './checker.ts'
import type { FileScope } from './files.ts'
import { withLocal } from './scope.ts'
import type { Scope } from './values.ts'

export interface StageMember {
  /** `distil`, `climb[2]` */
  readonly name: string
  readonly family?: { readonly name: string; readonly index: number }
  readonly after?: string
  readonly declaration: StageDeclaration
  readonly file: FileScope
  /** With the index of the family. */
  readonly scope: Scope
}

/**
 * All members, each behind its `after`. Members of a family follow one another; `after climb` means after the
 * last of them. Stages in a circle are reported and left out.
 */
export function stageMembers(checker: Checker): readonly StageMember[] {
  const expanded = new Map<string, StageMember[]>()
  for (const { declaration, file } of checker.stages) {
    const name = declaration.name.text
    if (!expanded.has(name)) expanded.set(name, expand(checker, declaration, file))
  }
  const names = [...expanded.keys()]
  const linked = [...expanded.values()].flatMap((members) =>
    members.map((member, position): StageMember => {
      const before = members[position - 1]
      if (before) return { ...member, after: before.name }
      const after = lastOf(checker, member.declaration.after, expanded, names)
      return after === undefined ? member : { ...member, after }
    }),
  )
  const excess = linked[limits.stages]
  if (excess) {
    const { span } = excess.declaration.name
    checker.report(tooManyStages({ span, count: linked.length, most: limits.stages }))
    return []
  }
  return inOrder(checker, linked)
}

function reportUnknown(checker: Checker, { text, span }: Name, known: readonly string[]): void {
  checker.report(unknownStage({ span, name: text, suggestion: suggest(text, known), known }))
}

function lastOf(
  checker: Checker,
  after: Name | undefined,
  expanded: ReadonlyMap<string, readonly StageMember[]>,
  names: readonly string[],
): string | undefined {
  if (after === undefined) return undefined
  const members = expanded.get(after.text)
  if (members === undefined) reportUnknown(checker, after, names)
  return members?.at(-1)?.name
}

function expand(checker: Checker, declaration: StageDeclaration, file: FileScope): StageMember[] {
  const scope = checker.scope(file)
  const { name, family } = declaration
  if (family === undefined) return [{ name: name.text, declaration, file, scope }]
  const { range, variable } = family
  const indices = checker.indices(range, scope, 'indices')
  if (indices === undefined) return []
  if (indices.length > limits.stages) {
    checker.report(tooManyStages({ span: range.span, count: indices.length, most: limits.stages }))
    return []
  }
  if (indices.length === 0 && range.kind === 'range') {
    const from = checker.integer(range.from, scope, 'index') ?? 0
    const to = checker.integer(range.to, scope, 'index') ?? 0
    checker.report(emptyFamily({ span: range.span, from, to }))
  }
  return indices.map((index) => ({
    name: `${name.text}[${index}]`,
    family: { name: name.text, index },
    declaration,
    file,
    scope: withLocal(scope, variable.text, { kind: 'number', value: index }, variable.span),
  }))
}

function inOrder(checker: Checker, members: readonly StageMember[]): StageMember[] {
  const byName = new Map(members.map((member) => [member.name, member]))
  const done = new Set<string>()
  const ordered: StageMember[] = []
  for (const start of members) {
    const way = new Set<StageMember>()
    let member: StageMember | undefined = start
    while (member && !done.has(member.name)) {
      if (way.has(member)) {
        const all = [...way]
        reportCircle(checker, all.slice(all.indexOf(member)))
        break
      }
      way.add(member)
      member = member.after === undefined ? undefined : byName.get(member.after)
    }
    const broken = member !== undefined && !done.has(member.name)
    for (const behind of [...way].reverse()) {
      if (done.has(behind.name)) continue
      done.add(behind.name)
      if (!broken) ordered.push(behind)
    }
  }
  return ordered
}

function reportCircle(checker: Checker, circle: readonly StageMember[]): void {
  const names = circle.map(({ declaration }) => declaration.name.text)
  const first = circle[0]
  if (first === undefined) return
  const cycle = [...new Set(names), names[0] ?? '']
  checker.report(stageCycle({ span: first.declaration.after?.span ?? first.declaration.name.span, cycle }))
}
