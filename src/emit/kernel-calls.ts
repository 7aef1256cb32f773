/** A program that calls kernels of `distill/runtime`. */
import type { Node } from '../graph/graph.ts'
import { leafName } from '../graph/leaf.ts'
import { axisLists } from '../runtime/types.ts'
import type { Dialect } from './dialect.ts'
import { axesPieces, flat, literalPieces, stringPieces } from './pieces.ts'

export const kernelCalls: Dialect = {
  context: {
    name: 'kernels',
    type: 'Kernels',
    tools: ['op', 'input', 'parameter', 'vector', 'output', 'gradient', 'release'],
  },
  types: { value: 'Value', operand: 'Operand', weight: 'Value' },
  reserved: ['Value', 'Operand', 'Kernels'],
  frees: 'using',
  call: ({ op, attributes }, operands, models) => {
    if (op === 'vector')
      return ['vector(', ...literalPieces(attributes.axis), ', ', ...literalPieces(attributes.values), ')']
    const given = Object.keys(attributes).length === 0 ? [] : [literalPieces(shortened(attributes), models)]
    const listed = [...operands, ...given].flatMap((one, i) => [...(i === 0 ? [] : [', ']), ...one])
    return [`op.${op}(`, ...listed, ')']
  },
  isSame: () => false,
  parameter: (node, models) => {
    const { dimensions } = node.type
    const usual = dimensions.every(({ axis }, i) => axis === (['row', 'column'] as const)[i])
    const axes = usual ? [] : [', ', ...axesPieces(dimensions)]
    return ['parameter(', ...stringPieces(leafName(node) ?? '', models), ...axes, ')']
  },
  input: (node) => {
    const { dtype, dimensions } = node.type
    const name = stringPieces(leafName(node) ?? '')
    return `input(${flat([...name, `, '${dtype}', `, ...axesPieces(dimensions)])})`
  },
  release: (names) => `release(${names.join(', ')})`,
}

/** Dimensions as axes; lists of axes in one string. */
function shortened(attributes: Node['attributes']): unknown {
  const short = Object.entries(attributes).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value]
    if (name === 'dimensions') return [name, Object.fromEntries(value.map(({ axis, size }) => [axis, size]))]
    return axisLists.has(name) ? [name, value.join(' ')] : [name, value]
  })
  return Object.fromEntries(short)
}
