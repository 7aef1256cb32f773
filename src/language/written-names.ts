/**
 * The names of a file as they are written, with their declarations by the rules of scope alone. The checker
 * knows more (members of models, names that a model inherits), but only of what it evaluates.
 */
import { declaredAt, type FileScope } from '../check/files.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Declaration, Entry, ModelItem, Parameter } from '../syntax/ast.ts'
import type { Expression, Name, Path } from '../syntax/expressions.ts'

export interface WrittenName {
  readonly text: string
  readonly span: Span
  /** Where it is declared, if that is known: its own place for a declaration. */
  readonly declared?: Span | undefined
}

/** Names that are bound around a node. */
type Bound = ReadonlyMap<string, Span>

type Node = Declaration | Entry | ModelItem | Expression

/** A node whose names are still to be found. */
interface Task {
  readonly node: unknown
  readonly bound: Bound
}

/** @param text of the file: places in strings are found in it */
export function writtenNames(file: FileScope, text: string): readonly WrittenName[] {
  const finder = new Finder(file, text)
  return finder.found
}

class Finder {
  readonly found: WrittenName[] = []
  private readonly file: FileScope
  private readonly text: string
  /** Not recursion: a sum may have thousands of terms. */
  private readonly tasks: Task[] = []

  constructor(file: FileScope, text: string) {
    this.file = file
    this.text = text
    this.tasks.push({ node: file.tree.declarations, bound: new Map() })
    for (let task = this.tasks.pop(); task; task = this.tasks.pop()) this.visit(task)
  }

  private visit({ node, bound }: Task): void {
    if (isNode(node)) this.tasks.push(...this.visitNode(node, bound))
    else if (typeof node === 'object' && node !== null)
      this.tasks.push(...tasksOf(bound, ...Object.values(node)))
  }

  /** Takes the names of a node. Returns its parts, whose names are still to be found. */
  private visitNode(node: Node, bound: Bound): readonly Task[] {
    switch (node.kind) {
      case 'import':
        for (const { name, as } of node.names) {
          const entry = this.file.names.get((as ?? name).text)
          const declared = entry && declaredAt(entry)
          this.found.push({ ...name, declared })
          if (as) this.found.push({ ...as, declared })
        }
        return tasksOf(bound, node.from)
      case 'data':
      case 'model':
        this.declare(node.name)
        if (node.base) this.use(node.base, bound)
        return tasksOf(bound, node.body)
      case 'instance':
        this.declare(node.name)
        this.use(node.model, bound)
        return tasksOf(bound, node.body)
      case 'copy':
        this.declare(node.name)
        this.use(node.of, bound)
        this.use(node.after, bound)
        return []
      case 'setting':
        this.declare(node.name)
        return tasksOf(bound, node.value)
      case 'map':
        this.declare(node.name)
        return [...this.first(node.from, bound), ...this.first(node.to, bound), ...tasksOf(bound, node.value)]
      case 'projection': {
        this.declare(node.name)
        const inner = this.family(node, bound)
        return [...this.first(node.from, inner), ...this.first(node.to, inner), ...tasksOf(inner, node.value)]
      }
      case 'stage':
        this.declare(node.name)
        if (node.after) this.use(node.after, bound)
        return tasksOf(this.family(node, bound), node.body)
      case 'tap':
        return [...tasksOf(bound, node.index), ...tasksOf(this.family(node, bound), node.value)]
      case 'head':
      case 'def':
      case 'loss':
        if (!('body' in node)) break
        this.declare(node.name)
        return tasksOf(this.parameters(node.parameters ?? [], bound), node.body)
      case 'repeated': {
        this.declare(node.name)
        if (node.loop) this.again(node.variable, node.loop.range)
        const inner = this.bind(bound, node.variable, node.loop?.carry)
        return [...tasksOf(bound, node.loop?.range, node.loop?.start), ...tasksOf(inner, node.body)]
      }
      case 'nested':
        this.declare(node.name)
        return tasksOf(bound, node.body)
      case 'binding':
        this.declare(node.name)
        return tasksOf(bound, node.value)
      case 'sweep':
        for (const item of node.body.items) if (item.kind === 'set') this.use(item.name, bound)
        return tasksOf(bound, node.body)
      case 'train':
      case 'freeze':
        return this.first(node.path, bound)
      case 'set':
        return [
          ...tasksOf(bound, node.value),
          ...node.exceptions.flatMap(({ paths, body }) => [
            ...paths.flatMap((path) => this.first(path, bound)),
            ...tasksOf(bound, body),
          ]),
        ]
      case 'lambda':
        return tasksOf(this.bind(bound, node.variable), node.body)
      case 'binder':
        return [...tasksOf(bound, node.over), ...tasksOf(this.bind(bound, node.variable), node.body)]
      case 'suffix':
        if (node.on) this.use(node.on.data, bound)
        return tasksOf(bound, node.value)
      case 'call':
        return tasksOf(bound, node.callee, ...node.arguments.map(({ value }) => value))
      case 'member':
        return tasksOf(bound, node.base)
      case 'name':
        this.use({ text: node.name, span: node.span }, bound)
        return []
      case 'string':
        this.holes(node.span)
        return []
    }
    return tasksOf(bound, ...Object.values(node))
  }

  private declare(name: Name): void {
    if (name.text !== '') this.found.push({ ...name, declared: name.span })
  }

  private use(name: Name, bound: Bound): void {
    const entry = this.file.names.get(name.text)
    this.found.push({ ...name, declared: bound.get(name.text) ?? (entry && declaredAt(entry)) })
  }

  /** The model that a path begins with. */
  private first({ components: [first, ...others] }: Path, bound: Bound): readonly Task[] {
    if (!first) return []
    const { name, span } = first
    this.use({ text: name, span: { ...span, end: span.start + name.length } }, bound)
    return [first, ...others].flatMap(({ index }) => (index === '*' ? [] : tasksOf(bound, index)))
  }

  private family(
    { family }: { readonly family?: { readonly variable: Name; readonly range: Expression } },
    bound: Bound,
  ): Bound {
    if (!family) return bound
    this.tasks.push(...tasksOf(bound, family.range))
    this.again(family.variable, family.range)
    return this.bind(bound, family.variable)
  }

  /** The variable of `layer[m] for m in 1..4` is written twice. The tree has the first place. */
  private again({ text, span }: Name, range: Expression): void {
    const between = this.text.slice(span.end, range.span.start)
    const found = /\bfor\s+(?=\w)/.exec(between)
    if (!found) return
    const start = span.end + found.index + found[0].length
    const place = { file: span.file, start, end: start + text.length }
    this.found.push({ text, span: place, declared: span })
  }

  private parameters(parameters: readonly Parameter[], bound: Bound): Bound {
    const inner = this.bind(bound, ...parameters.map(({ name }) => name))
    this.tasks.push(...tasksOf(inner, ...parameters.map(({ defaultValue }) => defaultValue)))
    return inner
  }

  private bind(bound: Bound, ...names: readonly (Name | undefined)[]): Bound {
    const inner = new Map(bound)
    for (const name of names) {
      if (!name) continue
      this.declare(name)
      inner.set(name.text, name.span)
    }
    return inner
  }

  /** Settings in a string: `"glue/{task}.tsv"`. */
  private holes(span: Span): void {
    const written = this.text.slice(span.start, span.end)
    for (const { index, 1: name = '' } of written.matchAll(/(?<!\\)\{([A-Za-z_]\w*)\}/g)) {
      const start = span.start + index + 1
      this.use({ text: name, span: { file: span.file, start, end: start + name.length } }, new Map())
    }
  }
}

function tasksOf(bound: Bound, ...nodes: readonly unknown[]): readonly Task[] {
  return nodes.flatMap((node) => (typeof node === 'object' && node !== null ? [{ node, bound }] : []))
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value
}
