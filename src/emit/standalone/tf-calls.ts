/**
 * A program that calls public operations of TensorFlow.js. What is few calls is written where it is needed.
 * What is more, a softmax say, is a function of the program, written once for all that are alike.
 */
import type { Node } from '../../graph/graph.ts'
import { constantValue, leafName } from '../../graph/leaf.ts'
import { callsOf, type Tensor } from '../../tfjs/call.ts'
import { ruleOf } from '../../tfjs/rules.ts'
import { type Operand, shapeOf, Tracer } from '../../tfjs/tracer.ts'
import type { Dialect } from '../dialect.ts'
import { flat, literalPieces, numberText, type Piece, stringPieces } from '../pieces.ts'
import { VariableNames } from '../variable-names.ts'
import { type FunctionStructure, tidied } from '../write-block.ts'
import { callPieces, depthOf, usesOf } from './call-text.ts'

/** More calls than these, or deeper ones, are a function. */
const mostNested = 3

/** Names of an op's inputs, where letters would say less. */
const inputNames: { readonly [op: string]: readonly string[] } = {
  layer_norm: ['x', 'scale', 'bias'],
  residual_layer_norm: ['x', 'y', 'scale', 'bias'],
  layer_norm_gradient: ['x', 'gradient', 'scale'],
  layer_norm_scale_gradient: ['x', 'gradient'],
  standardize_gradient: ['x', 'gradient'],
  softmax: ['x', 'mask'],
  log_softmax: ['x', 'mask'],
  scaled_softmax: ['scores', 'bias', 'mask'],
  softmax_gradient: ['shares', 'gradient'],
  log_softmax_gradient: ['shares', 'gradient'],
  scaled_softmax_gradient: ['shares', 'gradient', 'dropout'],
  cross_entropy: ['logits', 'target', 'mask'],
  cross_entropy_labels: ['logits', 'labels', 'mask'],
  cross_entropy_labels_gradient: ['shares', 'labels', 'gradient', 'mask'],
  kl: ['student', 'teacher', 'mask'],
  gelu_gradient: ['x', 'gradient'],
  gelu_tanh_gradient: ['x', 'gradient'],
  linear_activation: ['x', 'weight', 'bias'],
  contract_activation_gradient: ['gradient', 'weight', 'x'],
  gather_positions: ['x', 'positions'],
  scatter_positions: ['x', 'positions'],
  lookup_gradient: ['ids', 'gradient'],
}

export class TfCalls implements Dialect {
  readonly context = {
    name: 'step',
    type: 'Step',
    tools: ['size', 'input', 'parameter', 'dropout_mask', 'output', 'gradient'],
  }
  readonly types = { value: 'tf.Tensor', operand: 'tf.Tensor | number', weight: 'tf.Variable' }
  readonly reserved = ['tf', 'step', 'size', 'dropout_mask', 'Step']
  readonly frees = 'tidy'
  readonly functions: FunctionStructure[] = []
  private readonly names: VariableNames
  private readonly byText = new Map<string, string>()

  /** `names`: of the functions of the program. */
  constructor(names: VariableNames) {
    this.names = names
  }

  call(node: Node, operands: readonly (readonly Piece[])[], models: ReadonlySet<string>): readonly Piece[] {
    const { op, attributes } = node
    if (op === 'vector') return ['tf.tensor1d(', ...literalPieces(attributes.values), ')']
    const root = traceOf(node)
    const calls = callsOf(root)
    const uses = usesOf(calls)
    const isTree = [...uses].every(([tensor, count]) => count === 1 || 'number' in tensor.from)
    if (isTree && calls.length <= mostNested) return expression(root, operands, new Map(), models)
    return this.functionCall(node, root, operands)
  }

  isSame(node: Node): boolean {
    if (node.inputs.length === 0) return false
    const { from } = traceOf(node)
    return 'input' in from && from.input === 0
  }

  parameter(node: Node, models: ReadonlySet<string>): readonly Piece[] {
    return ['parameter(', ...stringPieces(leafName(node) ?? '', models), ')']
  }

  input(node: Node): string {
    return `input(${flat(stringPieces(leafName(node) ?? ''))})`
  }

  release(names: readonly string[]): string {
    return `tf.dispose([${names.join(', ')}])`
  }

  /** A call of a function of the program; written now, unless there is one like it. */
  private functionCall(node: Node, root: Tensor, operands: readonly (readonly Piece[])[]): readonly Piece[] {
    const given = inputsUsed(root)
    const wanted = given.map((i) => inputNames[node.op]?.[i] ?? (['x', 'y', 'z', 'u', 'v'][i] as string))
    const locals = new VariableNames(['tf', 'size', ...wanted])
    const parameters = new Map(given.map((input, i) => [input, wanted[i] ?? '']))
    const lines = functionLines(root, parameters, locals)
    const sized = /\bsize\./.test(lines.join('\n'))
    const typed = given.map((input): string => {
      const of = node.inputs[input]
      return of !== undefined && constantValue(of) !== undefined ? 'number' : 'tf.Tensor'
    })
    const text = JSON.stringify([node.op, wanted, typed, lines])
    let name = this.byText.get(text)
    if (name === undefined) {
      name = this.names.free(node.op)
      this.byText.set(text, name)
      this.functions.push({
        name,
        docs: [aboutOf(node)],
        parameters: [
          ...(sized ? [{ name: 'size', type: 'Sizes' }] : []),
          ...wanted.map((one, i) => ({ name: one, type: typed[i] ?? 'tf.Tensor' })),
        ],
        returnType: 'tf.Tensor',
        statements: lines.length === 1 ? lines : tidied(lines, true),
      })
    }
    const all = [...(sized ? [['size']] : []), ...given.map((input) => operands[input] ?? [])]
    return [`${name}(`, ...all.flatMap((one, i) => [...(i === 0 ? [] : [', ']), ...one]), ')']
  }
}

/** A node in calls on its inputs. */
function traceOf(node: Node): Tensor {
  const { op, attributes, type } = node
  const tracer = new Tracer()
  const inputs = node.inputs.map((input, i): Operand => {
    const { dtype } = input.type
    return { tensor: { shape: shapeOf(input.type), dtype, from: { input: i } }, type: input.type }
  })
  return ruleOf(op)({ tracer, op, inputs, attributes, type })
}

function inputsUsed(root: Tensor): number[] {
  const used = new Set<number>()
  for (const { from } of callsOf(root))
    if ('call' in from)
      for (const input of from.call.inputs) if ('input' in input.from) used.add(input.from.input)
  return [...used].sort((a, b) => a - b)
}

const none: ReadonlySet<string> = new Set()

/** Nested calls; a tensor of `variables` by its name. */
function expression(
  tensor: Tensor,
  operands: readonly (readonly Piece[])[],
  variables: ReadonlyMap<Tensor, string>,
  models: ReadonlySet<string> = none,
): readonly Piece[] {
  const name = variables.get(tensor)
  if (name !== undefined) return [name]
  const { from } = tensor
  if ('input' in from) return operands[from.input] ?? []
  if ('number' in from) return [numberText(from.number)]
  const inputs = from.call.inputs.map((input) => expression(input, operands, variables, models))
  return callPieces(from.call.given, inputs, models)
}

/** The body of a function: what is read twice, or nested deep, is a variable. */
function functionLines(
  root: Tensor,
  parameters: ReadonlyMap<number, string>,
  names: VariableNames,
): string[] {
  const calls = callsOf(root)
  const uses = usesOf(calls)
  const variables = new Map<Tensor, string>()
  const operands: (readonly Piece[])[] = []
  for (const [input, name] of parameters) operands[input] = [name]
  const lines: string[] = []
  for (const tensor of calls) {
    const { from } = tensor
    if (!('call' in from)) continue
    const text = flat(expression(tensor, operands, variables))
    if (tensor === root) lines.push(`return ${text}`)
    else if ((uses.get(tensor) ?? 0) > 1 || depthOf(tensor, new Set(variables.keys())) >= mostNested) {
      const name = names.free(from.call.given.name)
      variables.set(tensor, name)
      lines.push(`const ${name} = ${text}`)
    }
  }
  return lines
}

/** `softmax of [example, head, token, token'] along token'` */
function aboutOf({ op, attributes, inputs, type }: Node): string {
  const axes = (inputs[0]?.type ?? type).dimensions.map(({ axis }) => axis).join(', ')
  const given = Object.entries(attributes).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : value}`,
  )
  return `${op} of [${axes}]${given.length === 0 ? '' : `: ${given.join(', ')}`}`
}
