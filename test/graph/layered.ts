/** A made-up network with layers, losses by layer and a reverse part, in the form that lowering and differentiation give. */
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { tensorType } from '../../src/graph/type.ts'
import { fakeOps } from './fake-ops.ts'

export interface Layering {
  readonly teacherLayers: number
  readonly studentLayers: number
  /** Ops of one layer: indices into a small alphabet. */
  readonly body: readonly number[]
  /** Teacher layer of each student layer with a loss. */
  readonly map: readonly number[]
  readonly shared: boolean
  readonly dropout: boolean
}

const hidden = tensorType('f32', [
  { axis: 'example', size: 'B' },
  { axis: 'token', size: 'L' },
  { axis: 'unit', size: 8 },
])
const weight = tensorType('f32', [{ axis: 'unit', size: 8 }])

export function layeredGraph(layering: Layering): Graph {
  const builder = new Builder(fakeOps)
  const x = builder.input('x', hidden)
  const outputs = new Map<string, Node>()
  const run = (owner: string, layers: number, frozen: boolean) => {
    const states = [
      builder.add('norm', [builder.add('multiply', [x, builder.parameter(`${owner}.embedding`, weight)])]),
    ]
    const tape: { node: Node; parameter: string; input: Node }[] = []
    for (let m = 1; m <= layers; m++) {
      const start = states[m - 1] ?? x
      let state = start
      for (const [i, kind] of layering.body.entries()) {
        const name = `${owner}.layer[${layering.shared ? 1 : m}].part${i}`
        const input = state
        if (kind === 0) state = builder.add('multiply', [state, builder.parameter(name, weight)])
        if (kind === 1) state = builder.add('tanh', [state])
        if (kind === 2) state = builder.add('add', [state, start])
        if (kind === 3)
          state = builder.add('norm', [state, builder.constant(0.5)], { epsilon: 1e-12, axes: ['unit'] })
        if (kind === 4 && layering.dropout && !frozen) {
          const site = `${owner}.layer[${m}].part${i}`
          state = builder.add('multiply', [state, builder.add('dropout_mask', [x], { rate: 0.1, site })])
        }
        if (state !== input) tape.push({ node: state, parameter: kind === 0 ? name : '', input })
      }
      states.push(state)
    }
    return { states, tape }
  }
  const teacher = run('T', layering.teacherLayers, true)
  const student = run('S', layering.studentLayers, false)
  let total = builder.constant(0)
  for (const [m, layer] of layering.map.entries()) {
    const [s, t] = [student.states[m], teacher.states[layer]]
    if (s === undefined || t === undefined) continue
    const difference = builder.add('add', [s, builder.add('negate', [t])])
    const loss = builder.add('sum', [builder.add('multiply', [difference, difference])], {
      axes: ['example', 'token', 'unit'],
    })
    total = builder.add('add', [total, loss])
  }
  outputs.set('total', total)
  let cotangent = builder.add('scale', [total, student.states.at(-1) ?? x])
  const gradients = new Map<string, Node>()
  for (const { node, parameter, input } of student.tape.toReversed()) {
    if (parameter !== '') {
      const part = builder.add('sum', [builder.add('multiply', [cotangent, input])], {
        axes: ['example', 'token'],
      })
      const before = gradients.get(parameter)
      gradients.set(parameter, before === undefined ? part : builder.add('add', [before, part]))
    }
    cotangent = builder.add('add', [
      builder.add('multiply', [cotangent, node]),
      builder.add('tanh', [cotangent]),
    ])
  }
  for (const { parameter } of student.tape) {
    const gradient = gradients.get(parameter)
    if (gradient !== undefined) outputs.set(`gradient ${parameter}`, gradient)
  }
  return builder.finish('layered', outputs)
}
