/**
 * `share layer[*].attention in 4 groups`: several parameters become one. The canonical path is the first of
 * all paths that are shared with each other, by any number of `share` lines.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import {
  differentSharedShapes,
  groupsDoNotCover,
  groupsDoNotDivide,
  nothingShared,
  shareWithoutStar,
} from '../diagnostics/messages/parameters.ts'
import type { ShareItem } from '../syntax/ast.ts'
import type { Path } from '../syntax/expressions.ts'
import type { Checker } from './checker.ts'
import { indicesOf, integerOf, originsOf, sizeOf } from './extract.ts'
import { memberValue } from './member.ts'
import type { Placed } from './model-definition.ts'
import { PathIndex } from './path-index.ts'
import { matchPath, type PathStep, type Pattern, pathSteps, pathText, resolvePattern } from './paths.ts'
import type { BlockInstance, Instance, Scope, Value } from './values.ts'

/** One `share` line, resolved. */
interface Rule {
  readonly pattern: Pattern
  /** The component of a path that has the shared index. */
  readonly at: number
  /** For each index, the indices of its group. */
  readonly groupOf: ReadonlyMap<number, readonly number[]>
  readonly span: Span
  readonly scope: Scope
}

export class Sharing {
  private readonly checker: Checker
  private readonly instance: Instance
  private rules: Rule[] | undefined
  private readonly known = new Map<string, string>()

  constructor(checker: Checker, instance: Instance) {
    this.checker = checker
    this.instance = instance
  }

  canonical(path: string): string {
    const known = this.known.get(path)
    if (known !== undefined) return known
    const rules = this.resolved()
    if (rules.length === 0) return path
    const alike = new Map([[path, pathSteps(path)]])
    const added = new Set<string>()
    for (const steps of alike.values()) {
      for (const [number, rule] of rules.entries()) {
        const group = groupOf(rule, steps)
        if (group === undefined) continue
        const partner = (index: number | undefined) => withIndex(steps, rule.at, index)
        // The result is the same for all members of a group.
        const key = `${number} ${pathText(partner(group[0]))}`
        if (added.has(key)) continue
        added.add(key)
        for (const other of group.map(partner)) alike.set(pathText(other), other)
      }
    }
    const first = [...alike].reduce((best, next) => (isBefore(next[1], best[1]) ? next : best))[0]
    for (const other of alike.keys()) this.known.set(other, first)
    return first
  }

  /** Once all parameters are known: every line must share parameters, and shared ones must have one shape. */
  check(): void {
    const { checker } = this
    const { parameters } = this.instance
    const rules = this.resolved()
    if (rules.length === 0) return
    const paths = new PathIndex([...parameters.keys()].map((path) => ({ path, steps: pathSteps(path) })))
    for (const rule of rules) {
      const matched = paths
        .candidates(rule.pattern)
        .filter(({ steps }) => matchPath(rule.pattern, steps) !== undefined)
      if (matched.length === 0) {
        checker.report(nothingShared({ span: rule.span }), rule.scope)
        continue
      }
      for (const { path } of matched) {
        const one = parameters.get(path)
        const holder = parameters.get(this.canonical(path))
        if (!one || one === holder) continue
        const same = holder && one.shape.join() === holder.shape.join()
        if (same) continue
        const shapes = holder
          ? `${one.shape.join(' x ')} and ${holder.shape.join(' x ')}`
          : 'only one of them exists'
        checker.report(
          differentSharedShapes({ span: rule.span, first: path, second: this.canonical(path), shapes }),
          rule.scope,
        )
        break
      }
    }
  }

  private resolved(): readonly Rule[] {
    if (this.rules) return this.rules
    const rules: Rule[] = []
    this.rules = rules
    for (const placed of this.instance.model.body.shares) {
      const rule = this.resolve(placed)
      if (rule) rules.push(rule)
    }
    return rules
  }

  private resolve({ item, file }: Placed<ShareItem>): Rule | undefined {
    const { checker } = this
    const { root } = this.instance
    const scope = root.scopeOf(file)
    const { components } = item.path
    const stars = components.filter(({ index }) => index === '*')
    const plain = components.every(({ name }) => name !== '*' && name !== '**')
    const at = components.findIndex(({ index }) => index === '*')
    if (stars.length !== 1 || !plain) {
      checker.report(shareWithoutStar({ span: item.path.span }), scope)
      return undefined
    }
    const pattern = resolvePattern(item.path, (index) =>
      integerOf(checker, checker.evaluate(index, scope), index.span, scope, 'an index'),
    )
    const indices = pattern && this.layersAt(item.path, at, scope)
    if (!indices) return undefined
    const groups = this.groups(item, indices, scope)
    if (!groups) return undefined
    const groupOf = new Map(groups.flatMap((group) => group.map((index) => [index, group] as const)))
    return { pattern, at, groupOf, span: item.path.span, scope }
  }

  /** The indices of the repeated block that has the `[*]`; undefined after reporting. */
  private layersAt(path: Path, at: number, scope: Scope): readonly number[] | undefined {
    const { checker } = this
    const { root } = this.instance
    let value: Value = { kind: 'block', block: root }
    for (const [i, { name, span, index }] of path.components.slice(0, at + 1).entries()) {
      value = memberValue(checker, value, name, span, scope)
      if (value.kind === 'poison') return undefined
      if (i === at || index === undefined || index === '*') continue
      if (value.kind !== 'repeat') break
      const number = integerOf(checker, checker.evaluate(index, scope), index.span, scope, 'an index')
      const layer: BlockInstance | undefined = number === undefined ? undefined : value.repeat.at(number)
      if (!layer) break
      value = { kind: 'block', block: layer }
    }
    if (value.kind === 'repeat') return value.repeat.indices
    checker.report(nothingShared({ span: path.span, help: '`[*]` stands on a repeated block' }), scope)
    return undefined
  }

  private groups(
    item: ShareItem,
    indices: readonly number[],
    scope: Scope,
  ): readonly (readonly number[])[] | undefined {
    const { checker } = this
    if (item.groups) {
      const groups: number[][] = []
      for (const entry of item.groups.items) {
        const group = indicesOf(
          checker,
          checker.evaluate(entry, scope),
          entry.span,
          scope,
          'a group of layers',
        )
        if (!group) return undefined
        groups.push([...group])
      }
      const listed = groups.flat()
      const seen = new Set<number>()
      const twice = listed.find((index) => seen.size === seen.add(index).size)
      const known = new Set(indices)
      const missing = indices.find((index) => !seen.has(index))
      const foreign = listed.find((index) => !known.has(index))
      const problem =
        twice !== undefined
          ? `layer ${twice} is in two groups`
          : foreign !== undefined
            ? `there is no layer ${foreign}`
            : missing !== undefined
              ? `layer ${missing} is in no group`
              : undefined
      if (problem === undefined) return groups
      checker.report(groupsDoNotCover({ span: item.groups.span, problem }), scope)
      return undefined
    }
    if (!item.count) return undefined
    const value = checker.evaluate(item.count, scope)
    const count = sizeOf(checker, value, item.count.span, scope, 'the number of groups')
    if (count === undefined) return undefined
    const layers = indices.length
    if (layers % count !== 0) {
      const secondary = originsOf([value], item.count.span)
      checker.report(groupsDoNotDivide({ span: item.count.span, layers, groups: count, secondary }), scope)
      return undefined
    }
    // group = floor((i - 1) G / L)
    const size = layers / count
    return Array.from({ length: count }, (_, group) => indices.slice(group * size, (group + 1) * size))
  }
}

/** The layers that one rule shares with this one. */
function groupOf({ pattern, at, groupOf: groups }: Rule, steps: readonly PathStep[]) {
  const step = steps[at]
  if (!step || typeof step.index !== 'number' || steps.length <= pattern.steps.length) return undefined
  return matchPath(pattern, steps) && groups.get(step.index)
}

function withIndex(steps: readonly PathStep[], at: number, index: number | undefined): PathStep[] {
  return steps.map((step, i) => (i === at && index !== undefined ? { name: step.name, index } : step))
}

/** Compares paths that differ in indices only, in the order of layers. */
function isBefore(a: readonly PathStep[], b: readonly PathStep[]): boolean {
  for (const [i, { index }] of a.entries()) {
    const other = b[i]?.index
    if (typeof index === 'number' && typeof other === 'number' && index !== other) return index < other
  }
  return false
}
