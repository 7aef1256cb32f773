import { type Attributes, GraphError, type OpDefinition } from '../graph.ts'
import { hasAxis, tensorType, withoutAxes } from '../type.ts'
import { requireDType, requireNoAxis, requireShape, take } from './support/inputs.ts'
import { eachPlace } from './support/positions.ts'
import { at, zeros } from './support/values.ts'

/**
 * The values at some positions, dense: x[.., example, token, ..] and places i32[position] ==> [.., position, ..]. A place is example x L + token; a dead one,
 * which fills up a bucket, is -1 - place of another that it may stand for. {dead: copy}: dead positions have
 * that one's values, so whatever is computed
 * of them is as finite as what is computed of live ones; {dead: zero}: zeros. Gradient: scatter_positions,
 * the transpose.
 *   (C1) two inputs, places are i32[position]  (C2) x has an axis example or token (one that it lacks is broadcast)  (C3) and no axis position
 */
export const gather_positions: OpDefinition = {
  name: 'gather_positions',
  infer: (inputs, attributes) => {
    const [x, places] = take('gather_positions', inputs, 2)
    requireDType('gather_positions', 'places', places, ['i32'])
    const [size = 0] = requireShape('gather_positions', 'places', places, ['position'])
    requireNoAxis('gather_positions', x, 'position')
    if (!hasAxis(x, 'example') && !hasAxis(x, 'token'))
      throw new GraphError('gather_positions: its input has neither example nor token')
    copiesDead(attributes)
    const rest = withoutAxes(x.dimensions, ['example', 'token'])
    return tensorType(x.dtype, [...rest, { axis: 'position', size }])
  },
  vjp: (builder, node, cotangent) => {
    const [, places] = take(node.op, node.inputs, 2)
    const dead = copiesDead(node.attributes) ? 'add' : 'ignore'
    return [builder.add('scatter_positions', [cotangent, places], { dead }), undefined]
  },
  evaluate: (inputs, attributes, type, environment) => {
    const [x, places] = take('gather_positions', inputs, 2)
    const copies = copiesDead(attributes)
    const result = zeros(type, environment)
    eachPlace({ type, value: result }, x, places.value.data, environment.sizes.L, (to, from, place) => {
      if (place >= 0 || copies) result.data[to] = at(x.value.data, from)
    })
    return result
  },
}

function copiesDead({ dead }: Attributes): boolean {
  if (dead === 'copy' || dead === 'zero') return dead === 'copy'
  throw new GraphError(`gather_positions: dead must be copy or zero, not ${JSON.stringify(dead)}`)
}
