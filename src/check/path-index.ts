/**
 * An index of patterns and paths by their first components. A model of n layers with a line for each has n
 * patterns and about 20 n paths. To try each pattern on each path would be quadratic. `layer[3].ffn` only
 * matches paths that begin with `layer[3].ffn`.
 */
import { type PathStep, type Pattern, type PatternStep, pathText } from './paths.ts'

/** Many paths, looked up by a pattern. */
export class PathIndex<Item extends { readonly steps: readonly PathStep[] }> {
  readonly items: readonly Item[]
  private readonly byStart = new Map<string, Item[]>()

  constructor(items: readonly Item[]) {
    this.items = items
    for (const item of items) for (const start of starts(item.steps)) append(this.byStart, start, item)
  }

  /** The paths that the pattern may match, in order. */
  candidates(pattern: Pattern): readonly Item[] {
    return this.byStart.get(pathText(fixedStart(pattern.steps))) ?? []
  }
}

/** Many patterns, looked up by a path. */
export class PatternIndex<Item extends { readonly pattern: Pattern }> {
  private readonly byStart = new Map<string, { readonly item: Item; readonly place: number }[]>()

  constructor(items: readonly Item[]) {
    for (const [place, item] of items.entries())
      append(this.byStart, pathText(fixedStart(item.pattern.steps)), { item, place })
  }

  /** The patterns that may match the path, in the order in which they were given. */
  candidates(path: readonly PathStep[]): Item[] {
    const found = starts(path).flatMap((start) => this.byStart.get(start) ?? [])
    return found.sort((a, b) => a.place - b.place).map(({ item }) => item)
  }
}

/** The prefixes of a path as texts, from the empty one to the path itself. */
function starts(path: readonly PathStep[]): string[] {
  const found = ['']
  for (let length = 1; length <= path.length; length++) found.push(pathText(path.slice(0, length)))
  return found
}

/** The steps before the first that can match more than one component. */
function fixedStart(steps: readonly PatternStep[]): PathStep[] {
  const fixed: PathStep[] = []
  for (const { name, index } of steps) {
    if (name === '*' || name === '**' || (index !== undefined && index.kind !== 'equals')) break
    fixed.push(index === undefined ? { name } : { name, index: index.value })
  }
  return fixed
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
