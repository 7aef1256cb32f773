/**
 * Scalars of progress, step and epoch as the language writes them, with the parentheses that they need and no
 * others.
 */
import type { BinaryName, Term, UnaryName } from '../check/tensor-term.ts'
import { decimal } from './figures.ts'

/** How tightly a form binds; what binds less than its place asks for stands in parentheses. */
const binds = { choice: 0, comparison: 1, sum: 2, product: 3, negation: 4, power: 5, atom: 6 } as const

interface Written {
  readonly text: string
  readonly bond: number
}

/**
 * `names`: terms that are written as their names. What is no scalar of numbers, progress, step and epoch is
 * `...`.
 */
export function formula(term: Term, names: ReadonlyMap<Term, string> = new Map()): string {
  return write(term, names).text
}

function write(term: Term, names: ReadonlyMap<Term, string>): Written {
  const { operation, inputs } = term
  const name = names.get(term)
  if (name !== undefined) return atom(name)
  const at = (index: number, least: number): string => {
    const input = inputs[index]
    const { text, bond } = input ? write(input, names) : atom('...')
    return bond < least ? `(${text})` : text
  }
  switch (operation.op) {
    case 'number':
      return { text: decimal(operation.value), bond: operation.value < 0 ? binds.negation : binds.atom }
    case 'schedule':
      return atom(operation.name)
    case 'binary':
      return writeBinary(operation.name, at)
    case 'unary':
      return operation.name === 'negate'
        ? { text: `-${at(0, binds.negation)}`, bond: binds.negation }
        : atom(`${functionName(operation.name)}(${at(0, binds.choice)})`)
    case 'compare':
      return { text: `${at(0, binds.sum)} ${operation.name} ${at(1, binds.sum)}`, bond: binds.comparison }
    case 'select': {
      const text = `if ${at(0, binds.choice)} then ${at(1, binds.choice)} else ${at(2, binds.choice)}`
      return { text, bond: binds.choice }
    }
    default:
      return atom('...')
  }
}

function atom(text: string): Written {
  return { text, bond: binds.atom }
}

/** The language's name of an operation. */
function functionName(name: UnaryName): string {
  return name === 'stop_gradient' ? 'constant' : name
}

function writeBinary(name: BinaryName, at: (index: number, least: number) => string): Written {
  switch (name) {
    case 'min':
    case 'max':
      return atom(`${name}(${at(0, binds.choice)}, ${at(1, binds.choice)})`)
    case '^':
      return { text: `${at(0, binds.atom)}^${at(1, binds.negation)}`, bond: binds.power }
    case '+':
    case '-':
      return { text: `${at(0, binds.sum)} ${name} ${at(1, binds.product)}`, bond: binds.sum }
    case '*':
    case '/':
      return { text: `${at(0, binds.product)} ${name} ${at(1, binds.negation)}`, bond: binds.product }
  }
}
