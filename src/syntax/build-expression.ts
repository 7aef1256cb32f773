/**
 * Concrete tree -> syntax tree, for expressions and paths. One function for each rule of the grammar, in the
 * same order.
 */
import type { IToken } from 'chevrotain'
import type * as cst from '../../grammar/cst-types.ts'
import { repeatedSuffix, unnamedAfterNamed } from '../diagnostics/messages/syntax.ts'
import { type BuildContext, buildName, buildString, nodeSpan, one, tokenSpan } from './build-names.ts'
import type {
  Argument,
  BinaryOperator,
  Expression,
  ListLiteral,
  Path,
  PathComponent,
  QuantityExpression,
  SuffixExpression,
} from './expressions.ts'

export function buildPath(context: BuildContext, node: cst.PathCstNode): Path {
  return {
    components: node.children.component.map((component) => buildComponent(context, component)),
    span: nodeSpan(context, node),
  }
}

function buildComponent(context: BuildContext, node: cst.ComponentCstNode): PathComponent {
  const { name, all, range } = node.children
  const index = all ? '*' : range ? buildRange(context, one(range)) : undefined
  return { name: one(name).image, ...(index === undefined ? {} : { index }), span: nodeSpan(context, node) }
}

export function buildExpression(context: BuildContext, node: cst.ExpressionCstNode): Expression {
  const c = node.children
  const span = nodeSpan(context, node)
  if (c.condition) {
    return {
      kind: 'if',
      condition: buildExpression(context, one(c.condition)),
      // biome-ignore lint/suspicious/noThenProperty: the name that the language gives this part
      then: buildExpression(context, one(c.then)),
      else: buildExpression(context, one(c.else)),
      span,
    }
  }
  if (c.variable) {
    const variable = buildName(context, one(c.variable))
    return { kind: 'lambda', variable, body: buildExpression(context, one(c.body)), span }
  }
  const left = buildSum(context, one(c.left))
  if (!c.operator) return left
  const right = buildSum(context, one(c.right))
  const operator = one(c.operator).image
  if (operator === '..') return { kind: 'range', from: left, to: right, span }
  return { kind: 'binary', operator: binaryOperator(operator), left, right, span }
}

export function buildRange(context: BuildContext, node: cst.RangeCstNode): Expression {
  const left = buildSum(context, one(node.children.left))
  if (!node.children.right) return left
  return {
    kind: 'range',
    from: left,
    to: buildSum(context, one(node.children.right)),
    span: nodeSpan(context, node),
  }
}

export function buildSum(context: BuildContext, node: cst.SumCstNode): Expression {
  const operands = node.children.operand.map((operand) => buildProduct(context, operand))
  return leftAssociative(operands, node.children.operator ?? [])
}

function buildProduct(context: BuildContext, node: cst.ProductCstNode): Expression {
  const operands = node.children.operand.map((operand) => buildUnary(context, operand))
  return leftAssociative(operands, node.children.operator ?? [])
}

function leftAssociative(operands: readonly Expression[], operators: readonly IToken[]): Expression {
  return operands.slice(1).reduce((left, right, i): Expression => {
    const span = { ...left.span, end: right.span.end }
    return { kind: 'binary', operator: binaryOperator(operators[i]?.image), left, right, span }
  }, one(operands))
}

const binaryOperators: readonly BinaryOperator[] = [
  ...(['+', '-', '*', '/', '%', '^', '@'] as const),
  ...(['<', '<=', '>', '>=', '==', '!='] as const),
]

function binaryOperator(image: string | undefined): BinaryOperator {
  return one(binaryOperators.filter((operator) => operator === image))
}

function buildUnary(context: BuildContext, node: cst.UnaryCstNode): Expression {
  const { negated, base, exponent } = node.children
  const span = nodeSpan(context, node)
  if (negated) return { kind: 'negate', value: buildUnary(context, one(negated)), span }
  const left = buildSuffixed(context, one(base))
  if (!exponent) return left
  return { kind: 'binary', operator: '^', left, right: buildUnary(context, one(exponent)), span }
}

function buildSuffixed(context: BuildContext, node: cst.SuffixedCstNode): Expression {
  const value = buildPostfix(context, one(node.children.postfix))
  if (!node.children.suffix) return value
  let suffixes: Suffixes = {}
  for (const suffix of node.children.suffix) {
    const built = buildSuffix(context, suffix)
    const twice = (['per', 'where', 'within', 'on'] as const).find((word) => suffixes[word] && built[word])
    const first = twice && suffixes[twice]
    if (first)
      context.report(repeatedSuffix({ word: twice, span: nodeSpan(context, suffix), first: first.span }))
    else suffixes = { ...suffixes, ...built }
  }
  return { kind: 'suffix', value, ...suffixes, span: nodeSpan(context, node) }
}

type Suffixes = Pick<SuffixExpression, 'per' | 'where' | 'within' | 'on'>

function buildSuffix(context: BuildContext, node: cst.SuffixCstNode): Suffixes {
  const { axis, mask, data } = node.children
  const span = nodeSpan(context, node)
  if (axis) return { per: { axes: axis.map((token) => buildName(context, token)), span } }
  if (mask) return { where: { mask: buildName(context, one(mask)), span } }
  if (data) return { on: { data: buildName(context, one(data)), span } }
  return { within: { span } }
}

function buildPostfix(context: BuildContext, node: cst.PostfixCstNode): Expression {
  let base = buildPrimary(context, one(node.children.primary))
  for (const access of node.children.access ?? []) {
    const { arguments: called, range, member } = access.children
    const span = { ...base.span, end: nodeSpan(context, access).end }
    if (called) base = { kind: 'call', callee: base, arguments: buildArguments(context, one(called)), span }
    else if (range) base = { kind: 'index', base, index: buildRange(context, one(range)), span }
    else base = { kind: 'member', base, name: buildName(context, one(member)), span }
  }
  return base
}

function buildArguments(context: BuildContext, node: cst.ArgumentsCstNode): Argument[] {
  let named = false
  return (node.children.argument ?? []).map((argument) => {
    const value = buildExpression(context, one(argument.children.expression))
    if (argument.children.name) {
      named = true
      return { name: buildName(context, one(argument.children.name)), value }
    }
    if (named) context.report(unnamedAfterNamed({ span: value.span }))
    return { value }
  })
}

function buildList(context: BuildContext, node: cst.ListCstNode): ListLiteral {
  const items = (node.children.expression ?? []).map((item) => buildExpression(context, item))
  return { kind: 'list', items, span: nodeSpan(context, node) }
}

function buildPrimary(context: BuildContext, node: cst.PrimaryCstNode): Expression {
  const c = node.children
  const span = nodeSpan(context, node)
  if (c.number) return buildNumber(context, one(c.number), c.unit && one(c.unit))
  if (c.string) return buildString(context, one(c.string))
  if (c.expression) return { kind: 'parenthesized', value: buildExpression(context, one(c.expression)), span }
  if (c.list) return buildList(context, one(c.list))
  if (c.binder) {
    const binder = one(c.binder).children
    return {
      kind: 'binder',
      how: one(binder.how).image === 'mean' ? 'mean' : 'sum',
      variable: buildName(context, one(binder.variable)),
      over: buildRange(context, one(binder.range)),
      body: buildExpression(context, one(binder.expression)),
      span,
    }
  }
  return { kind: 'name', name: one(c.name).image, span }
}

const prefixes = 'KMGT'

function buildNumber(context: BuildContext, token: IToken, unit: cst.UnitCstNode | undefined): Expression {
  const text = token.image
  const span = tokenSpan(context, token)
  const plain = text.replaceAll('_', '')
  const size = /^(.*?)([KMGT])(i?)B$/.exec(plain)
  if (size) {
    const [, number, prefix = '', binary] = size
    const bytes = Number(number) * (binary ? 1024 : 1000) ** (prefixes.indexOf(prefix) + 1)
    return { kind: 'size', bytes, text, span }
  }
  const value = plain.endsWith('%') ? Number(plain.slice(0, -1)) / 100 : Number(plain)
  if (!unit) return { kind: 'number', value, text, span }
  const quantity: QuantityExpression = {
    kind: 'quantity',
    value,
    text,
    unit: unit.children.epochs ? 'epochs' : 'steps',
    span: { ...span, end: nodeSpan(context, unit).end },
  }
  return quantity
}
