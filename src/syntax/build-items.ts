/** Concrete tree -> syntax tree, for blocks and their items. One function for each rule of the grammar. */
import type { CstNode, IToken } from 'chevrotain'
import type * as cst from '../../grammar/cst-types.ts'
import { differentLoopVariable, unexpectedToken } from '../diagnostics/messages/syntax.ts'
import type {
  Block,
  Comment,
  Entry,
  Exception,
  Family,
  InitLine,
  ModelItem,
  NamesLine,
  Trivia,
} from './ast.ts'
import { buildExpression, buildPath, buildRange, buildSum } from './build-expression.ts'
import { type BuildContext, buildName, buildString, nodeSpan, one, tokenSpan } from './build-names.ts'
import type { Expression, Name } from './expressions.ts'
import { endOf } from './lex.ts'

/**
 * Items with the comments around them. `after` is the end of the text before the first item, `limit` the end
 * of the last item's comments.
 */
export function buildItems<Node extends CstNode, Item>(
  context: BuildContext,
  nodes: readonly Node[],
  after: number,
  limit: number,
  build: (node: Node, trivia: Trivia) => Item,
): { items: Item[]; dangling: Comment[] } {
  const { comments } = context
  let end = after
  const items = nodes.map((node, i) => {
    const span = nodeSpan(context, node)
    const trivia = comments.before(end, span.start)
    const item = build(node, trivia)
    trivia.leading.push(...comments.takeBefore(span.end))
    const next = nodes[i + 1]
    const trailing = comments.takeOnLine(span.end, next ? nodeSpan(context, next).start : limit)
    if (trailing) trivia.trailing = trailing
    end = trailing?.span.end ?? span.end
    return item
  })
  const dangling = comments.takeBefore(limit)
  const [first, ...others] = dangling
  if (first && comments.blankBetween(end, first.span.start))
    return { items, dangling: [{ ...first, blankBefore: true }, ...others] }
  return { items, dangling }
}

function buildBlock<Node extends CstNode, Item>(
  context: BuildContext,
  block: CstNode & { children: { LeftBrace: IToken[]; RightBrace: IToken[] } },
  nodes: readonly Node[] | undefined,
  build: (node: Node, trivia: Trivia) => Item,
): Block<Item> {
  const open = endOf(one(block.children.LeftBrace))
  const close = one(block.children.RightBrace).startOffset
  const first = nodes?.[0]
  const opening = context.comments.takeOnLine(open, first ? nodeSpan(context, first).start : close)
  const { items, dangling } = buildItems(context, nodes ?? [], opening?.span.end ?? open, close, build)
  return { items, ...(opening ? { opening } : {}), dangling, span: nodeSpan(context, block) }
}

export function buildEntries(context: BuildContext, node: cst.EntriesCstNode): Block<Entry> {
  return buildBlock(context, node, node.children.entry, (entry, trivia) => buildEntry(context, entry, trivia))
}

function buildEntry(context: BuildContext, node: cst.EntryCstNode, trivia: Trivia): Entry {
  const c = node.children
  const base = { trivia, span: nodeSpan(context, node) }
  if (c.initLines) return { kind: 'init', lines: buildInitLines(context, one(c.initLines)), ...base }
  if (c.minimized) return { kind: 'minimize', value: buildExpression(context, one(c.minimized)), ...base }
  if (c.path)
    return { kind: c.TrainWord ? 'train' : 'freeze', path: buildPath(context, one(c.path)), ...base }
  const name = buildName(context, one(c.name))
  if (c.ContinueWord) return { kind: 'continue', name, ...base }
  if (c.entries) return { kind: 'block', name, body: buildEntries(context, one(c.entries)), ...base }
  const value = buildExpression(context, one(c.expression))
  return {
    kind: 'set',
    name,
    value,
    exceptions: (c.except ?? []).map((e) => buildException(context, e)),
    ...base,
  }
}

function buildException(context: BuildContext, node: cst.ExceptCstNode): Exception {
  return {
    paths: node.children.path.map((path) => buildPath(context, path)),
    body: buildEntries(context, one(node.children.entries)),
    span: nodeSpan(context, node),
  }
}

function buildInitLines(context: BuildContext, node: cst.InitLinesCstNode): Block<InitLine> {
  return buildBlock(context, node, node.children.initLine, (line, trivia) => ({
    path: buildPath(context, one(line.children.path)),
    source: buildExpression(context, one(line.children.expression)),
    trivia,
    span: nodeSpan(context, line),
  }))
}

export function buildModelItems(context: BuildContext, node: cst.ModelItemsCstNode): Block<ModelItem> {
  return buildBlock(context, node, node.children.modelItem, (item, trivia) =>
    buildModelItem(context, item, trivia),
  )
}

function buildModelItem(context: BuildContext, node: cst.ModelItemCstNode, trivia: Trivia): ModelItem {
  const c = node.children
  const base = { trivia, span: nodeSpan(context, node) }
  if (c.without)
    return { kind: 'without', path: buildPath(context, one(one(c.without).children.path)), ...base }
  if (c.share) return buildShare(context, one(c.share), base)
  if (c.factorize) {
    const { path, to, source } = one(c.factorize).children
    const from = source && { from: buildExpression(context, one(source)) }
    return {
      kind: 'factorize',
      path: buildPath(context, one(path)),
      to: buildExpression(context, one(to)),
      ...from,
      ...base,
    }
  }
  if (c.require) {
    const { expression, message } = one(c.require).children
    const condition = buildExpression(context, one(expression))
    return { kind: 'require', condition, message: buildString(context, one(message)), ...base }
  }
  if (c.tap) return buildTap(context, one(c.tap), base)
  if (c.names) {
    const { name, prefix, namesLines } = one(c.names).children
    return {
      kind: 'names',
      name: buildName(context, one(name)),
      ...(prefix && { prefix: buildString(context, one(prefix)) }),
      lines: buildNamesLines(context, one(namesLines)),
      ...base,
    }
  }
  if (c.initLines) return { kind: 'init', lines: buildInitLines(context, one(c.initLines)), ...base }
  if (c.nested) {
    const { name, modelItems } = one(c.nested).children
    return {
      kind: 'nested',
      name: buildName(context, one(name)),
      body: buildModelItems(context, one(modelItems)),
      ...base,
    }
  }
  if (c.repeated) return buildRepeated(context, one(c.repeated), base)
  const { name, expression } = (c.setting ? one(c.setting) : one(c.binding)).children
  return {
    kind: 'binding',
    adds: c.setting !== undefined,
    name: buildName(context, one(name)),
    value: buildExpression(context, one(expression)),
    ...base,
  }
}

type Base = Pick<ModelItem, 'trivia' | 'span'>

function buildShare(context: BuildContext, node: cst.ShareCstNode, base: Base): ModelItem {
  const path = buildPath(context, one(node.children.path))
  const value = buildSum(context, one(node.children.sum))
  if (node.children.groups) return { kind: 'share', path, count: value, ...base }
  if (value.kind === 'list') return { kind: 'share', path, groups: value, ...base }
  const { file, end } = base.span
  const place = { file, start: end, end: end + 1 }
  context.report(
    unexpectedToken({ span: place, expected: '`group` or `groups`', found: 'the end of the item' }),
  )
  return { kind: 'share', path, count: value, ...base }
}

function buildTap(context: BuildContext, node: cst.TapCstNode, base: Base): ModelItem {
  const c = node.children
  const name = buildName(context, one(c.name))
  const value = buildExpression(context, one(c.expression))
  const index = buildSum(context, one(c.index))
  if (!c.range) return { kind: 'tap', name, index, value, ...base }
  const again = one(c.again)
  const range = buildRange(context, one(c.range))
  if (index.kind !== 'name') {
    context.report(
      unexpectedToken({ span: index.span, expected: `\`${again.image}\``, found: 'an expression' }),
    )
    return { kind: 'tap', name, family: { variable: buildName(context, again), range }, value, ...base }
  }
  const family = checkedFamily(context, { text: index.name, span: index.span }, again, range)
  return { kind: 'tap', name, family, value, ...base }
}

function buildRepeated(context: BuildContext, node: cst.RepeatedCstNode, base: Base): ModelItem {
  const c = node.children
  const variable = buildName(context, one(c.variable))
  const name = buildName(context, one(c.name))
  if (!c.range)
    return { kind: 'repeated', name, variable, body: buildModelItems(context, one(c.modelItems)), ...base }
  const { range } = checkedFamily(context, variable, one(c.again), buildRange(context, one(c.range)))
  const loop = {
    range,
    carry: buildName(context, one(c.carry)),
    start: buildExpression(context, one(c.start)),
  }
  return {
    kind: 'repeated',
    name,
    variable,
    loop,
    body: buildModelItems(context, one(c.modelItems)),
    ...base,
  }
}

export function buildFamily(context: BuildContext, node: cst.FamilyCstNode): Family {
  const { variable, again, range } = node.children
  return checkedFamily(
    context,
    buildName(context, one(variable)),
    one(again),
    buildRange(context, one(range)),
  )
}

/** `[m] for m in ...`: the variable is written twice, and must be the same. */
function checkedFamily(context: BuildContext, variable: Name, again: IToken, range: Expression): Family {
  if (variable.text !== again.image) {
    context.report(
      differentLoopVariable({
        variable: variable.text,
        again: again.image,
        span: tokenSpan(context, again),
        first: variable.span,
      }),
    )
  }
  return { variable, range }
}

function buildNamesLines(context: BuildContext, node: cst.NamesLinesCstNode): Block<NamesLine> {
  return buildBlock(context, node, node.children.namesLine, (line, trivia) =>
    buildNamesLine(context, line, trivia),
  )
}

function buildNamesLine(context: BuildContext, node: cst.NamesLineCstNode, trivia: Trivia): NamesLine {
  const c = node.children
  const base = { trivia, span: nodeSpan(context, node) }
  if (c.LeafWord) {
    return {
      kind: 'leaf',
      name: buildName(context, one(c.name)),
      to: buildString(context, one(c.target)),
      ...base,
    }
  }
  if (c.HeadWord) {
    return {
      kind: 'head',
      name: buildName(context, one(c.name)),
      lines: buildNamesLines(context, one(c.namesLines)),
      ...base,
    }
  }
  const path = buildPath(context, one(c.path))
  const lines = c.namesLines && { lines: buildNamesLines(context, one(c.namesLines)) }
  const transposed = c.TransposedWord !== undefined
  return { kind: 'path', path, transposed, to: buildString(context, one(c.target)), ...lines, ...base }
}
