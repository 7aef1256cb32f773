import { type Attributes, GraphError, type OpDefinition } from '../graph.ts'
import { tensorType, withoutAxes } from '../type.ts'
import {
  requireAxis,
  requireDType,
  requireEqualSize,
  requireNoAxis,
  requireReal,
  requireShape,
  take,
} from './support/inputs.ts'
import { eachPlace } from './support/positions.ts'
import { at, zeros } from './support/values.ts'

/**
 * Values at positions put where they belong, zeros elsewhere: x[.., position, ..] and places i32[position] ==> [.., example B, token L, ..]; the transpose of
 * gather_positions, whose places these are. {dead: ignore}: dead positions go nowhere; {dead: add}: they are
 * added to the ones that they stand for.
 *   (C1) two inputs: f32 with an axis position, and i32[position] of its size  (C2) x has no axis example or token
 */
export const scatter_positions: OpDefinition = {
  name: 'scatter_positions',
  infer: (inputs, attributes) => {
    const [x, places] = take('scatter_positions', inputs, 2)
    requireReal('scatter_positions', 'its input', x)
    requireDType('scatter_positions', 'places', places, ['i32'])
    const [size = 0] = requireShape('scatter_positions', 'places', places, ['position'])
    requireEqualSize(
      'scatter_positions',
      'positions',
      requireAxis('scatter_positions', x, 'position').size,
      size,
    )
    for (const axis of ['example', 'token'] as const) requireNoAxis('scatter_positions', x, axis)
    addsDead(attributes)
    return tensorType('f32', [
      ...withoutAxes(x.dimensions, ['position']),
      { axis: 'example', size: 'B' },
      { axis: 'token', size: 'L' },
    ])
  },
  vjp: (builder, node, cotangent) => {
    const [, places] = take(node.op, node.inputs, 2)
    const dead = addsDead(node.attributes) ? 'copy' : 'zero'
    return [builder.add('gather_positions', [cotangent, places], { dead }), undefined]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, places] = take('scatter_positions', inputs, 2)
    const adds = addsDead(attributes)
    const result = zeros(type, environment)
    eachPlace(x, { type, value: result }, places.value.data, environment.sizes.L, (from, to, place) => {
      if (place >= 0 || adds) result.data[to] = at(result.data, to) + at(x.value.data, from)
    })
    return result
  },
}

function addsDead({ dead }: Attributes): boolean {
  if (dead === 'add' || dead === 'ignore') return dead === 'add'
  throw new GraphError(`scatter_positions: dead must be add or ignore, not ${JSON.stringify(dead)}`)
}
