/** Calls of TensorFlow.js as TypeScript. */
import type { Given, Tensor } from '../../tfjs/call.ts'
import type { Extent } from '../../tfjs/extent.ts'
import { numberText, type Piece, stringPieces } from '../pieces.ts'

type Pieces = readonly Piece[]

/** A size, or where a part begins: `size.B`, `size.R / 4`, `m * (size.R / 4)`. */
function extentPieces(extent: Extent): Pieces {
  if (typeof extent === 'number') return [{ number: String(extent), name: 'width' }]
  if (typeof extent === 'string') return [`size.${extent.replace('/', ' / ')}`]
  if ('index' in extent) return [{ index: extent.index, inCode: true }]
  const { operation, left, right } = extent
  return [...within(left), ` ${operation} `, ...within(right)]
}

function within(extent: Extent): Pieces {
  const isBare = typeof extent === 'number' || (typeof extent === 'string' && !extent.includes('/'))
  const isIndex = typeof extent === 'object' && 'index' in extent
  return isBare || isIndex ? extentPieces(extent) : ['(', ...extentPieces(extent), ')']
}

function listed(items: readonly Pieces[]): Pieces {
  return items.flatMap((item, i) => [...(i === 0 ? [] : [', ']), ...item])
}

const array = (items: readonly Pieces[]): Pieces => ['[', ...listed(items), ']']
const extents = (all: readonly Extent[]): Pieces => array(all.map(extentPieces))
const numbers = (all: readonly number[]): Pieces => [`[${all.join(', ')}]`]

const key = (axis: string): string => (/^\w+$/.test(axis) ? axis : `"${axis}"`)

/** What a function is given after its tensors. */
function givenPieces(given: Given): readonly Pieces[] {
  switch (given.name) {
    case 'sum':
    case 'max':
    case 'min': {
      const [only] = given.axes
      const axes: Pieces = given.axes.length === 1 ? [String(only)] : numbers(given.axes)
      return given.keepDims ? [axes, ['true']] : [axes]
    }
    case 'cast':
      return [[`'${given.dtype}'`]]
    case 'reshape':
    case 'broadcastTo':
    case 'scatterND':
      return [extents(given.shape)]
    case 'transpose':
      return [numbers(given.order)]
    case 'slice':
      return [extents(given.begin), extents(given.size)]
    case 'pad':
      return [array(given.paddings.map(extents))]
    case 'concat':
      return [[String(given.axis)]]
    case 'matMul':
      if (given.transposeB) return [[String(given.transposeA)], ['true']]
      return given.transposeA ? [['true']] : []
    case 'oneHot':
      return [extentPieces(given.depth), ['1'], ['0'], ["'float32'"]]
    default:
      return []
  }
}

/**
 * The expression of a call, of those of its inputs. `models`: their names in strings are a function's
 * parameter.
 */
export function callPieces(given: Given, inputs: readonly Pieces[], models: ReadonlySet<string>): Pieces {
  if (given.name === 'dropoutMask') {
    const axes = given.axes.map((axis, i): Pieces => [`${key(axis)}: `, ...extentPieces(given.shape[i] ?? 1)])
    const text = [
      stringPieces(given.site, models),
      [{ number: numberText(given.rate), name: 'rate' }],
      ['{ ', ...listed(axes), ' }'],
    ]
    return ['dropout_mask(', ...listed(text), ')']
  }
  const operands = given.name === 'concat' ? [array(inputs)] : inputs
  return [`tf.${given.name}(`, ...listed([...operands, ...givenPieces(given)]), ')']
}

/** How often calls read a tensor. */
export function usesOf(calls: readonly Tensor[]): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>()
  for (const { from } of calls)
    if ('call' in from) for (const input of from.call.inputs) uses.set(input, (uses.get(input) ?? 0) + 1)
  return uses
}

/** How deep calls are nested in the expression of a tensor, calls of `apart` being variables. */
export function depthOf({ from }: Tensor, apart: ReadonlySet<Tensor>): number {
  if (!('call' in from)) return 0
  const inner = from.call.inputs.filter((input) => !apart.has(input)).map((input) => depthOf(input, apart))
  return 1 + Math.max(0, ...inner)
}
