/**
 * add(2, 3)                       ==> 5            (any arithmetic of constants)
 * x * 1, x / 1, x + 0, x - 0, x ^ 1 ==> x          (also where the 1 or 0 is repeated along axes that x has)
 * (x * 2) * 3                     ==> x * 6
 * -(-x)                           ==> x
 * select(less(1, 2), a, b)        ==> a,  select(c, a, a) ==> a
 *
 * x / 8 stays a division, which rounds once (x * (1 / 8) twice). x * 0 stays: it is NaN where x is infinite.
 * A result that float32 does not hold (0 / 0, 1e30 * 1e30) stays as well, so that it is met where it arises.
 */
import type { GraphBuilder, Node } from '../../graph/graph.ts'
import { constantValue } from '../../graph/leaf.ts'
import { elementWiseOps } from '../../graph/ops/element-wise.ts'
import { broadcastTo } from '../../graph/ops/support/nodes.ts'
import { counted } from '../census.ts'
import type { Ops, Pass } from '../pass.ts'
import { type Rule, rewriteFully } from '../rewrite.ts'

/** Ops whose value for constants is known when compiling: element by element, and never random. */
const elementwise: ReadonlySet<string> = new Set(elementWiseOps)

export const foldConstants: Pass = {
  name: 'fold-constants',
  phase: 'forward',
  summary: 'arithmetic on constants is done at compile time',
  run: (graph, { ops, moved, note }) => {
    let done = 0
    const rule: Rule = (builder, node, inputs) => {
      const result = folded(builder, ops, node, inputs) ?? simplified(builder, node, inputs)
      if (result !== undefined) done++
      return result
    }
    const after = rewriteFully(graph, ops, () => rule, moved)
    if (done > 0) note(`${counted(done, 'operation')} on constants evaluated at compile time`)
    return after
  },
}

/** add(2, 3) ==> 5 */
function folded(builder: GraphBuilder, ops: Ops, node: Node, inputs: readonly Node[]): Node | undefined {
  if (node.type.dtype !== 'f32' || node.type.dimensions.length > 0) return undefined
  const value = scalarValue(ops, { ...node, inputs })
  return value === undefined || !held(value) ? undefined : builder.constant(value)
}

/** What a scalar that depends on constants alone is; undefined for any other. */
function scalarValue(ops: Ops, node: Node): number | undefined {
  if (!elementwise.has(node.op) || node.type.dimensions.length > 0) return undefined
  const inputs = node.inputs.map((input) => constantValue(input) ?? scalarValue(ops, input))
  const values = inputs.filter((value) => value !== undefined)
  if (values.length < inputs.length) return undefined
  const environment = { sizes: { B: 1, L: 1 }, random: { seed: 0, stage: '', step: 0 } }
  const operands = values.map((value, i) => ({
    value: { shape: [], data: Float64Array.of(value) },
    type: node.inputs[i]?.type ?? node.type,
  }))
  return ops[node.op]?.evaluate(operands, node.attributes, node.type, environment).data[0]
}

/** Is a number neither too large nor too small for float32? */
function held(value: number): boolean {
  const size = Math.abs(value)
  return value === 0 || (size >= 1.2e-38 && size <= 3.4e38)
}

/** The one number that all entries are, undefined for any other node. */
function uniform(node: Node): number | undefined {
  const [repeated] = node.inputs
  return constantValue(node.op === 'broadcast' && repeated ? repeated : node)
}

function simplified(builder: GraphBuilder, node: Node, inputs: readonly Node[]): Node | undefined {
  if (node.type.dtype !== 'f32') return undefined
  const result = plain(builder, node, inputs)
  // What was left out may have had axes that are missing now.
  return result && broadcastTo(builder, result, node.type.dimensions)
}

function plain(builder: GraphBuilder, { op }: Node, [a, b, c]: readonly Node[]): Node | undefined {
  if (a === undefined) return undefined
  if (op === 'negate') return a.op === 'negate' ? a.inputs[0] : undefined
  if (b === undefined) return undefined
  const [left, right] = [uniform(a), uniform(b)]
  switch (op) {
    case 'add':
      return left === 0 ? b : right === 0 ? a : undefined
    case 'subtract':
      return right === 0 ? a : undefined
    case 'multiply':
      return left === 1 ? b : right === 1 ? a : scaled(builder, a, b)
    case 'divide':
    case 'power':
      return right === 1 ? a : undefined
    case 'select':
      return c === undefined ? undefined : chosen(a, b, c)
    default:
      return undefined
  }
}

/** (x * 2) * 3 ==> x * 6, in whatever order */
function scaled(builder: GraphBuilder, a: Node, b: Node): Node | undefined {
  const [x, outer] = constantValue(a) === undefined ? [a, constantValue(b)] : [b, constantValue(a)]
  if (outer === undefined || x.op !== 'multiply') return undefined
  const inner = x.inputs.map(constantValue).find((value) => value !== undefined)
  const origin = x.inputs.find((input) => constantValue(input) === undefined)
  if (inner === undefined || origin === undefined) return undefined
  const factor = inner * outer
  return held(factor) ? builder.add('multiply', [origin, builder.constant(factor)]) : undefined
}

/**
 * select(less(1, 2), a, b) ==> a: conditions are truth values, which no constant holds, so a comparison of
 * constants is looked into.
 */
function chosen(condition: Node, a: Node, b: Node): Node | undefined {
  if (a === b) return a
  const [left, right] = condition.inputs.map(constantValue)
  if (left === undefined || right === undefined) return undefined
  const truth = comparisons.get(condition.op)?.(left, right)
  return truth === undefined ? undefined : truth ? a : b
}

const comparisons: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['less', (a, b) => a < b],
  ['less_equal', (a, b) => a <= b],
  ['greater', (a, b) => a > b],
  ['greater_equal', (a, b) => a >= b],
  ['equal', (a, b) => a === b],
  ['not_equal', (a, b) => a !== b],
])
