/**
 * Path patterns: `share`, `factorize`, `init`, `names`, `train`, `freeze` and `except` name parameters and
 * bindings with them. A pattern selects everything at or below the paths that it matches. Its indices are
 * resolved once (`resolvePattern`), so matching needs no checker.
 */
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Expression, Path } from '../syntax/expressions.ts'

/**
 * One component of a path: `layer[3]` is `{ name: 'layer', index: 3 }`. In paths of bindings, `layer[]` (any
 * layer) has `index: 'each'`.
 */
export interface PathStep {
  readonly name: string
  readonly index?: number | 'each'
}

export type PatternIndex =
  | { readonly kind: 'any' }
  | { readonly kind: 'equals'; readonly value: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  /** `layer[m]`: matches any index and binds it to the name */
  | { readonly kind: 'binds'; readonly name: string }

export interface PatternStep {
  /** A name, `*` (one component, with or without an index) or `**` (any number). */
  readonly name: string
  readonly index?: PatternIndex
  readonly span: Span
}
export interface Pattern {
  readonly steps: readonly PatternStep[]
  readonly span: Span
}

export interface PathMatch {
  /** The values that names in indices were bound to. */
  readonly bindings: ReadonlyMap<string, number>
  /** Number of components that the pattern itself matched (the shortest prefix). */
  readonly length: number
  /** The rest of the path: `layer[2].ffn` matched with `layer[2].ffn.up.weight` leaves `up`, `weight`. */
  readonly rest: readonly PathStep[]
}

/**
 * Splits `layer[3].ffn.up.weight`. A leading index (`[1].weight`, a projection's path) becomes a component
 * without a name.
 */
export function pathSteps(path: string): PathStep[] {
  if (path === '') return []
  return path.split('.').map((component) => {
    const open = component.indexOf('[')
    if (open < 0) return { name: component }
    const index = component.slice(open + 1, -1)
    return { name: component.slice(0, open), index: index === '' ? 'each' : Number(index) }
  })
}

function stepText(step: PathStep): string {
  return step.index === undefined ? step.name : `${step.name}[${step.index === 'each' ? '' : step.index}]`
}

/** The inverse of `pathSteps`. */
export function pathText(steps: readonly PathStep[]): string {
  return steps.map(stepText).join('.')
}

/**
 * Resolves the indices of a path. `index` returns a number or a range for an expression, or `'binds'` for a
 * name that the match binds. If it returns undefined, it has reported an error, and the pattern is undefined.
 */
export function resolvePattern(
  path: Path,
  index: (
    expression: Expression,
  ) => number | { readonly from: number; readonly to: number } | 'binds' | undefined,
): Pattern | undefined {
  const steps: PatternStep[] = []
  for (const component of path.components) {
    const { name, span } = component
    if (component.index === undefined) steps.push({ name, span })
    else if (component.index === '*') steps.push({ name, index: { kind: 'any' }, span })
    else {
      const value = index(component.index)
      if (value === undefined) return undefined
      if (value === 'binds') {
        if (component.index.kind !== 'name') return undefined
        steps.push({ name, index: { kind: 'binds', name: component.index.name }, span })
      } else if (typeof value === 'number') steps.push({ name, index: { kind: 'equals', value }, span })
      else steps.push({ name, index: { kind: 'range', ...value }, span })
    }
  }
  return { steps, span: path.span }
}

function matchIndex(
  pattern: PatternIndex | undefined,
  index: PathStep['index'],
  bindings: Map<string, number>,
): boolean {
  if (pattern === undefined) return index === undefined
  if (index === undefined) return false
  if (index === 'each' || pattern.kind === 'any') return true
  switch (pattern.kind) {
    case 'equals':
      return pattern.value === index
    case 'range':
      return pattern.from <= index && index <= pattern.to
    case 'binds': {
      const earlier = bindings.get(pattern.name)
      if (earlier !== undefined) return earlier === index
      bindings.set(pattern.name, index)
      return true
    }
  }
}

/**
 * The lengths of all prefixes of `path` that the steps from `from` on match, with their bindings. The
 * shortest comes first within one `**`.
 */
function* prefixes(
  pattern: readonly PatternStep[],
  path: readonly PathStep[],
  from: number,
  at: number,
  bindings: ReadonlyMap<string, number>,
  tried: Set<string> = new Set(),
): Generator<{ length: number; bindings: ReadonlyMap<string, number> }> {
  // With several `**`, many choices lead to one state. It is searched once.
  const state = `${from} ${at} ${[...bindings].join()}`
  if (tried.has(state)) return
  tried.add(state)
  const step = pattern[from]
  if (step === undefined) {
    yield { length: at, bindings }
    return
  }
  if (step.name === '**') {
    for (let next = at; next <= path.length; next++)
      yield* prefixes(pattern, path, from + 1, next, bindings, tried)
    return
  }
  const component = path[at]
  if (component === undefined) return
  if (step.name !== '*' && step.name !== component.name) return
  const bound = new Map(bindings)
  const free = step.name === '*' && step.index === undefined
  if (!free && !matchIndex(step.index, component.index, bound)) return
  yield* prefixes(pattern, path, from + 1, at + 1, bound, tried)
}

const nothingBound: ReadonlyMap<string, number> = new Map()
/** Never written: where a step binds a name, `matchIndex` makes a map of its own. */
const emptyBindings = new Map<string, number>()

/**
 * Whether the pattern matches the path or a prefix of it. The shortest prefix wins, so that the rest is
 * longest.
 */
export function matchPath(pattern: Pattern, path: readonly PathStep[]): PathMatch | undefined {
  const found = isFixed(pattern) ? fixedPrefix(pattern.steps, path) : shortestPrefix(pattern.steps, path)
  return found && { length: found.length, bindings: found.bindings, rest: path.slice(found.length) }
}

/** Without `**` all that a pattern matches has its length. */
function isFixed({ steps }: Pattern): boolean {
  for (const { name } of steps) if (name === '**') return false
  return true
}

type Prefix = Pick<PathMatch, 'length' | 'bindings'>

function shortestPrefix(steps: readonly PatternStep[], path: readonly PathStep[]): Prefix | undefined {
  // `**.bias` is by far the most common pattern: some component matches its last step
  const [first, second] = steps
  if (steps.length === 2 && first?.name === '**' && second?.index === undefined && second?.name !== '*') {
    if (second === undefined || second.name === '**') return { length: 0, bindings: nothingBound }
    const at = path.findIndex(({ name, index }) => name === second.name && index === undefined)
    return at < 0 ? undefined : { length: at + 1, bindings: nothingBound }
  }
  let best: Prefix | undefined
  for (const found of prefixes(steps, path, 0, 0, nothingBound)) {
    if (best === undefined || found.length < best.length) best = found
  }
  return best
}

/** Without `**` each step takes one component. */
function fixedPrefix(steps: readonly PatternStep[], path: readonly PathStep[]): Prefix | undefined {
  if (path.length < steps.length) return undefined
  let bound: Map<string, number> | undefined
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at]
    const component = path[at]
    if (step === undefined || component === undefined) return undefined
    const any = step.name === '*'
    if (!any && step.name !== component.name) return undefined
    if (any && step.index === undefined) continue
    if (step.index?.kind === 'binds') bound ??= new Map()
    if (!matchIndex(step.index, component.index, bound ?? emptyBindings)) return undefined
  }
  return { length: steps.length, bindings: bound ?? nothingBound }
}

/** Whether the pattern matches the complete path, not only a prefix. */
export function matchesWhole(pattern: Pattern, path: readonly PathStep[]): boolean {
  if (isFixed(pattern))
    return pattern.steps.length === path.length && fixedPrefix(pattern.steps, path) !== undefined
  for (const found of prefixes(pattern.steps, path, 0, 0, nothingBound)) {
    if (found.length === path.length) return true
  }
  return false
}

/** The reason why a pattern matches none of `paths`: the first step without a match. */
export type PatternFailure =
  /**
   * There is no component of that name. `known` are the components at this place; empty if the path ends
   * there.
   */
  | {
      readonly kind: 'name'
      readonly step: PatternStep
      readonly known: readonly string[]
      readonly parent: string
    }
  /** The name exists, but the block is repeated: `layer` for `layer[*]`. */
  | {
      readonly kind: 'index-missing'
      readonly step: PatternStep
      readonly from: number
      readonly to: number
    }
  /** The name exists, but takes no index. */
  | { readonly kind: 'index-unwanted'; readonly step: PatternStep }
  | { readonly kind: 'index-outside'; readonly step: PatternStep; readonly from: number; readonly to: number }

/** Explains why a pattern matches none of the paths; undefined if it matches one. */
export function explainFailure(
  pattern: Pattern,
  paths: readonly (readonly PathStep[])[],
): PatternFailure | undefined {
  for (let taken = 0; taken < pattern.steps.length; taken++) {
    const step = pattern.steps[taken]
    if (step === undefined || step.name === '**') continue
    const sofar = pattern.steps.slice(0, taken + 1)
    if (paths.some((path) => matchPath({ steps: sofar, span: pattern.span }, path))) continue
    const following: PathStep[] = []
    for (const path of paths) {
      for (const { length } of prefixes(pattern.steps.slice(0, taken), path, 0, 0, nothingBound)) {
        const component = path[length]
        if (component !== undefined) following.push(component)
      }
    }
    const named = following.filter((component) => component.name === step.name)
    const numbers = named.flatMap((component) =>
      typeof component.index === 'number' ? [component.index] : [],
    )
    if (named.length === 0 || step.name === '*') {
      const parent = pattern.steps
        .slice(0, taken)
        .map((earlier) => patternStepText(earlier))
        .join('.')
      return { kind: 'name', step, known: [...new Set(following.map((component) => component.name))], parent }
    }
    if (numbers.length === 0) return { kind: 'index-unwanted', step }
    const bounds = { from: Math.min(...numbers), to: Math.max(...numbers) }
    return { kind: step.index === undefined ? 'index-missing' : 'index-outside', step, ...bounds }
  }
  return undefined
}

export function patternStepText({ name, index }: PatternStep): string {
  if (index === undefined) return name
  switch (index.kind) {
    case 'any':
      return `${name}[*]`
    case 'equals':
      return `${name}[${index.value}]`
    case 'range':
      return `${name}[${index.from}..${index.to}]`
    case 'binds':
      return `${name}[${index.name}]`
  }
}

export function patternText(pattern: Pattern): string {
  return pattern.steps.map(patternStepText).join('.')
}
