/**
 * The items of a model in their order, before anything is evaluated, and the changes that `with` makes to
 * them. Bodies are immutable: a derived model has a new one.
 */
import type { Reporter, Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import {
  boundTwice,
  misplacedItem,
  missingOutput,
  nothingToLeaveOut,
  unfittingOverride,
  unknownOverride,
} from '../diagnostics/messages/models.ts'
import { unbindableName } from '../diagnostics/messages/names.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Binding, ModelItem, NestedBlock, RepeatedBlock, TapItem, WithoutItem } from '../syntax/ast.ts'
import type { Name } from '../syntax/expressions.ts'
import type { FileScope } from './files.ts'
import type { Body, BodyItem, Placed } from './model-definition.ts'
import { termAxisOrder } from './tensor-term.ts'
import type { Uses } from './uses.ts'

export interface BodyContext {
  readonly reporter: Reporter
  readonly file: FileScope
  /** Name of the model or block, for messages. */
  readonly owner: string
  /** The body of a `with`: it replaces names and adds none. */
  readonly changes: boolean
  /** Whether these are the items of the model itself, not of a block in it. */
  readonly top: boolean
  /** Learns which names replace which, where an editor asks. */
  readonly uses: Uses | undefined
  /** Names of built-in functions and inputs, which a model cannot bind. */
  readonly builtin: (name: string) => boolean
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
interface Draft extends Mutable<Omit<Body, 'items' | 'names'>> {
  items: Map<string, BodyItem>
  names: Map<string, Body['names'] extends ReadonlyMap<string, infer Item> ? Item : never>
}

export const emptyBody: Body = {
  items: new Map(),
  taps: [],
  shares: [],
  factorizations: [],
  requirements: [],
  names: new Map(),
  inits: [],
}

/** A body made of `base` (empty for a new one) and the items of one pair of braces. */
export function applyItems(base: Body, items: readonly ModelItem[], context: BodyContext): Body {
  const draft: Draft = { ...base, items: new Map(base.items), names: new Map(base.names) }
  for (const item of items) applyItem(draft, item, context)
  return draft
}

function applyItem(draft: Draft, item: ModelItem, context: BodyContext): void {
  const { file } = context
  const placed = <Item>(value: Item): Placed<Item> => ({ item: value, file })
  if (!context.top && !insideBlocks.has(item.kind)) {
    context.reporter.report(misplacedItem({ span: item.span, what: item.kind }))
    return
  }
  switch (item.kind) {
    case 'binding':
      bind(draft, item, context)
      break
    case 'nested':
    case 'repeated':
      block(draft, item, context)
      break
    case 'without':
      leaveOut(draft, item, context)
      break
    case 'tap':
      tap(draft, item, context)
      break
    case 'share':
      draft.shares = [...draft.shares, placed(item)]
      break
    case 'factorize':
      draft.factorizations = [...draft.factorizations, placed(item)]
      break
    case 'require':
      draft.requirements = [...draft.requirements, placed(item)]
      break
    case 'names':
      draft.names.set(item.name.text, placed(item))
      break
    case 'init':
      draft.inits = [...draft.inits, placed(item)]
      break
  }
}

/** The items allowed inside a block. All others apply to the complete model. */
const insideBlocks: ReadonlySet<ModelItem['kind']> = new Set(['binding', 'nested', 'repeated', 'without'])

/**
 * Reports a name that is reserved everywhere. It is bound all the same, so that its uses are no further
 * errors.
 */
function checkName(name: Name, context: BodyContext): void {
  const what = termAxisOrder.some((axis) => axis === name.text)
    ? 'the name of an axis'
    : name.text === 'first'
      ? 'the name of the first token'
      : context.builtin(name.text)
        ? 'a built-in name'
        : undefined
  if (what) context.reporter.report(unbindableName({ span: name.span, name: name.text, what }))
}

/** Reports a name that `with` cannot change. Returns the name that was probably meant. */
function unknown(draft: Draft, name: Name, context: BodyContext): string | undefined {
  const hint = hintFor(name.text, draft.items.keys(), 'model')
  context.reporter.report(unknownOverride({ span: name.span, model: context.owner, name: name.text, hint }))
  return hint.similar
}

function bind(draft: Draft, item: Binding, context: BodyContext): void {
  const { reporter, changes, file } = context
  const { name } = item
  if (name.text === '') return
  const old = draft.items.get(name.text)
  if (changes && !item.adds && !old) {
    // The value is given to the name that was meant. Sizes that follow from it are then no further errors.
    const meant = unknown(draft, name, context)
    const other = meant === undefined ? undefined : draft.items.get(meant)
    if (meant !== undefined && other?.kind === 'binding')
      draft.items.set(meant, { ...other, value: item.value, nameSpan: name.span, span: item.span, file })
    return
  }
  checkName(name, context)
  const tapped = draft.taps.find((tap) => tap.item.name.text === name.text)
  const first = tapped?.item.name.span ?? (!changes || item.adds ? old?.nameSpan : undefined)
  if (first) {
    reporter.report(boundTwice({ span: name.span, name: name.text, first }))
    return
  }
  if (old?.kind === 'nested' || old?.kind === 'repeated') {
    const shown =
      old.kind === 'repeated' ? `${name.text}[${old.variable.text}] { ... }` : `${name.text} { ... }`
    const problem = `\`${name.text}\` is a block of ${context.owner}, not a value`
    reporter.report(unfittingOverride({ span: name.span, problem, help: `change what is inside: ${shown}` }))
    return
  }
  if (old) context.uses?.add(name.span, old.nameSpan)
  draft.items.set(name.text, {
    kind: 'binding',
    value: item.value,
    nameSpan: name.span,
    span: item.span,
    file,
  })
}

function block(draft: Draft, item: NestedBlock | RepeatedBlock, context: BodyContext): void {
  const { name } = item
  if (name.text === '') return
  checkName(name, context)
  const old = draft.items.get(name.text)
  const inner = { ...context, owner: name.text, top: false }
  if (context.changes) {
    const changed = changedBlock(draft, old, item, context, inner)
    if (changed) draft.items.set(name.text, changed)
    return
  }
  const first = old?.nameSpan ?? draft.taps.find((tap) => tap.item.name.text === name.text)?.item.name.span
  if (first) {
    context.reporter.report(boundTwice({ span: name.span, name: name.text, first }))
    return
  }
  const body = applyItems(emptyBody, item.body.items, inner)
  const places = { nameSpan: name.span, span: item.span, file: context.file }
  if (item.kind === 'nested') {
    draft.items.set(name.text, { kind: 'nested', body, ...places })
    return
  }
  if (!item.loop) {
    const help = `write ${name.text}[${item.variable.text}] for ${item.variable.text} in 1..layers from x = input { ... }`
    const problem = `the repeated block \`${name.text}\` says no range`
    context.reporter.report(unfittingOverride({ span: name.span, problem, help }))
    return
  }
  if (!body.items.has('output')) context.reporter.report(missingOutput({ span: name.span, name: name.text }))
  const { range, carry, start } = item.loop
  draft.items.set(name.text, {
    kind: 'repeated',
    body,
    variable: item.variable,
    range,
    carry,
    start,
    ...places,
  })
}

/** A block of a `with`, merged into the one that is there; undefined after reporting. */
function changedBlock(
  draft: Draft,
  old: BodyItem | undefined,
  item: NestedBlock | RepeatedBlock,
  context: BodyContext,
  inner: BodyContext,
): BodyItem | undefined {
  const { reporter, owner } = context
  const { name } = item
  const wrong = (span: Span, problem: string, help?: string) => {
    reporter.report(unfittingOverride({ span, problem, ...(help === undefined ? {} : { help }) }))
    return undefined
  }
  if (!old) {
    unknown(draft, name, context)
    return undefined
  }
  if (old.kind === 'binding' || old.kind === 'absent')
    return wrong(
      name.span,
      `\`${name.text}\` of ${owner} is ${old.kind === 'absent' ? 'left out' : 'a value'}, not a block`,
    )
  if (item.kind === 'repeated' && item.loop)
    return wrong(
      name.span,
      `\`${name.text}\` is repeated already`,
      `write ${name.text}[${item.variable.text}] { ... } alone`,
    )
  if (old.kind === 'repeated' && item.kind === 'nested')
    return wrong(
      name.span,
      `\`${name.text}\` is repeated`,
      `write ${name.text}[${old.variable.text}] { ... }`,
    )
  if (old.kind === 'nested' && item.kind === 'repeated')
    return wrong(name.span, `\`${name.text}\` is not repeated`, `write ${name.text} { ... }`)
  if (old.kind === 'repeated' && item.kind === 'repeated' && item.variable.text !== old.variable.text)
    return wrong(item.variable.span, `the index of \`${name.text}\` is called \`${old.variable.text}\``)
  context.uses?.add(name.span, old.nameSpan)
  return { ...old, body: applyItems(old.body, item.body.items, { ...inner, changes: true }) }
}

function tap(draft: Draft, item: TapItem, context: BodyContext): void {
  if (item.name.text === '') return
  checkName(item.name, context)
  const old = draft.items.get(item.name.text)
  if (old) {
    context.reporter.report(boundTwice({ span: item.name.span, name: item.name.text, first: old.nameSpan }))
    return
  }
  // In `with`, a tap replaces the one of the same name and index (or the family of that name).
  const same = (other: TapItem) => other.name.text === item.name.text && tapKey(other) === tapKey(item)
  const kept = context.changes ? draft.taps.filter((other) => !same(other.item)) : draft.taps
  draft.taps = [...kept, { item, file: context.file }]
}

function tapKey({ index }: TapItem): string {
  if (index === undefined) return 'family'
  return index.kind === 'number' ? String(index.value) : `${index.span.file} ${index.span.start}`
}

function leaveOut(draft: Draft, item: WithoutItem, context: BodyContext): void {
  const { reporter, file } = context
  const components = item.path.components
  const remove = (body: Body, depth: number, owner: string): Body | undefined => {
    const component = components[depth]
    if (!component) return undefined
    const old = body.items.get(component.name)
    if (!old) {
      const similar = suggest(component.name, body.items.keys())
      reporter.report(
        nothingToLeaveOut({ span: component.span, model: owner, name: component.name, similar }),
      )
      return undefined
    }
    const items = new Map(body.items)
    if (depth === components.length - 1) {
      items.set(component.name, { kind: 'absent', nameSpan: old.nameSpan, span: item.span, file })
      return { ...body, items }
    }
    if (old.kind !== 'nested' && old.kind !== 'repeated') {
      reporter.report(
        unfittingOverride({
          span: component.span,
          problem: `\`${component.name}\` of ${owner} is not a block`,
        }),
      )
      return undefined
    }
    const inner = remove(old.body, depth + 1, component.name)
    if (!inner) return undefined
    items.set(component.name, { ...old, body: inner })
    return { ...body, items }
  }
  const changed = remove(draft, 0, context.owner)
  if (changed) draft.items = new Map(changed.items)
}
