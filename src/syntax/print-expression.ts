/**
 * Documents for expressions and paths. There are blanks around binary operators, except ^ and .., and
 * possible breaks before operators and inside brackets.
 */
import type {
  Argument,
  BinaryExpression,
  Expression,
  Path,
  PathComponent,
  SuffixExpression,
} from './expressions.ts'
import { type Doc, flatText, group, indent, join, nothing, space } from './layout.ts'

export function printPath(path: Path): Doc {
  return join(path.components.map(printComponent), '.')
}

function printComponent({ name, index }: PathComponent): Doc {
  if (index === undefined) return name
  return [name, '[', index === '*' ? '*' : printExpression(index), ']']
}

export function printExpression(expression: Expression): Doc {
  switch (expression.kind) {
    case 'number':
    case 'size':
    case 'string':
      return expression.text
    case 'name':
      return expression.name
    case 'quantity':
      return `${expression.text} ${expression.value === 1 ? expression.unit.slice(0, -1) : expression.unit}`
    case 'parenthesized':
      return group('(', indent(printExpression(expression.value)), ')')
    case 'list':
      return printList(expression.items)
    case 'range':
      return [printExpression(expression.from), '..', printExpression(expression.to)]
    case 'lambda':
      return [expression.variable.text, ' -> ', printExpression(expression.body)]
    case 'negate':
      return ['-', printExpression(expression.value)]
    case 'binary':
      return printBinary(expression)
    case 'if':
      return group(
        ['if ', printExpression(expression.condition)],
        indent(
          space,
          'then ',
          printExpression(expression.then),
          space,
          'else ',
          printExpression(expression.else),
        ),
      )
    case 'suffix':
      return group(printExpression(expression.value), indent(printSuffixes(expression)))
    case 'call':
      return [printExpression(expression.callee), printArguments(expression.arguments)]
    case 'index':
      return [printExpression(expression.base), '[', printExpression(expression.index), ']']
    case 'member':
      return [printExpression(expression.base), '.', expression.name.text]
    case 'binder':
      return group(
        [expression.how, ' ', expression.variable.text, ' in ', printExpression(expression.over), ' {'],
        [indent(space, printExpression(expression.body)), space, '}'],
      )
  }
}

const literals = new Set<Expression['kind']>(['number', 'string', 'size', 'name'])

function printList(items: readonly Expression[]): Doc {
  const docs = items.map(printExpression)
  if (items.length === 0 || !items.every(({ kind }) => literals.has(kind))) return bracketed('[', docs, ']')
  return group('[', indent(nothing, { kind: 'fill', docs }), nothing, ']')
}

function bracketed(open: string, items: readonly Doc[], close: string): Doc {
  if (items.length === 0) return open + close
  return group(open, indent(nothing, join(items, [',', space])), nothing, close)
}

/** A long list as last argument breaks inside its own brackets: `class(column("label"), [` ... `])`. */
function printArguments(items: readonly Argument[]): Doc {
  const docs = items.map(printArgument)
  const last = items.at(-1)
  const before = docs.slice(0, -1).flatMap((doc) => [doc, ', '])
  const short = (flatText(before) ?? '').length < 60
  if (last?.value.kind === 'list' && last.value.items.length > 4 && short)
    return ['(', before, docs.at(-1) ?? '', ')']
  return bracketed('(', docs, ')')
}

function printArgument({ name, value }: Argument): Doc {
  return name ? [name.text, ' = ', printExpression(value)] : printExpression(value)
}

const level: Readonly<Record<BinaryExpression['operator'], number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '%': 2,
  '@': 2,
  '^': 3,
  '<': 0,
  '<=': 0,
  '>': 0,
  '>=': 0,
  '==': 0,
  '!=': 0,
}

/**
 * A chain of operators of one level (`a + b - c`) is one group: it breaks before all of its operators or
 * before none.
 */
function printBinary(expression: BinaryExpression): Doc {
  const { operator, right } = expression
  if (operator === '^') return [printExpression(expression.left), '^', printExpression(right)]
  const tail: Doc[] = []
  let left: Expression = expression
  while (left.kind === 'binary' && left.operator !== '^' && level[left.operator] === level[operator]) {
    tail.unshift([space, left.operator, ' ', printExpression(left.right)])
    left = left.left
  }
  return group(printExpression(left), indent(tail))
}

function printSuffixes({ per, where, within, on }: SuffixExpression): Doc {
  const docs: Doc[] = []
  if (per) {
    const axes = per.axes.map(({ text }) => text).join(', ')
    docs.push(space, per.axes.length === 1 ? `per ${axes}` : `per (${axes})`)
  }
  if (where) docs.push(space, `where ${where.mask.text}`)
  if (within) docs.push(space, 'within example')
  // A line that begins with `on` would be an entry of its own.
  if (on) docs.push(` on ${on.data.text}`)
  return docs
}
