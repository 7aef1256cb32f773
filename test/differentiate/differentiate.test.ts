/** Reverse mode over whole graphs: what is summed, what is skipped, what masked positions pass, and that nothing depends on chance. */
import { describe, expect, test } from 'vitest'
import { differentiate, unreached } from '../../src/differentiate/differentiate.ts'
import { Builder } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import {
  type Attributes,
  type Graph,
  GraphError,
  type Node,
  type ReferenceValue,
} from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { axesOf } from '../../src/graph/ops/support/inputs.ts'
import { printGraph } from '../../src/graph/print.ts'
import { verify } from '../../src/graph/verify.ts'
import { output } from '../ops/trial.ts'
import { type, value } from '../ops/typed.ts'

/** A builder with short words for what these tests are made of. */
function graphOf(make: (g: Words) => Node): Graph {
  const builder = new Builder(ops)
  const add = (op: string, inputs: readonly Node[], attributes: Attributes = {}) =>
    builder.add(op, inputs, attributes)
  const root = make({
    add,
    parameter: (name, of) => builder.parameter(name, type(of)),
    input: (name, of) => builder.input(name, type(of)),
    constant: (number) => builder.constant(number),
    total: (x) => add('sum', [x], { axes: axesOf(x) }),
  })
  return builder.finish('test', new Map([['loss', root]]))
}
interface Words {
  readonly add: (op: string, inputs: readonly Node[], attributes?: Attributes) => Node
  readonly parameter: (name: string, of: string) => Node
  readonly input: (name: string, of: string) => Node
  readonly constant: (value: number) => Node
  readonly total: (x: Node) => Node
}

/** The gradients of parameters, in order, for values of the leaves; -0 as 0. */
function gradients(
  graph: Graph,
  given: { readonly [leaf: string]: ReferenceValue },
  ...names: readonly string[]
) {
  const whole = differentiate(graph, 'loss', names, ops)
  verify(whole, ops)
  return names.map((name) =>
    [...output(whole, new Map(Object.entries(given)), gradientName(name)).data].map((x) => x + 0),
  )
}

describe('sums', () => {
  test('over axes that a parameter lacks', () => {
    const graph = graphOf(({ add, parameter, input, total }) =>
      total(
        add('multiply', [
          add('add', [input('x', 'f32[B, L]'), parameter('b', 'f32[L]')]),
          parameter('s', 'f32[]'),
        ]),
      ),
    )
    const given = { x: value([2, 3], 1, 2, 3, 4, 5, 6), b: value([3], 1, 1, 1), s: value([], 10) }
    expect(gradients(graph, given, 'b', 's')).toEqual([[20, 20, 20], [27]])
  })

  test('over the uses of one parameter, also twice in one op', () => {
    const graph = graphOf(({ add, parameter, total }) => {
      const w = parameter('w', 'f32[L]')
      return total(add('add', [add('multiply', [w, w]), add('multiply', [w, add('exp', [w])])]))
    })
    const [w] = gradients(graph, { w: value([3], 0, 1, 2) }, 'w')
    const expected = [0, 1, 2].map((x) => 2 * x + Math.exp(x) * (1 + x))
    w?.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i] ?? Number.NaN, 12)
    })
  })

  test('a tied table: lookup stops at the padding row, the decoder does not', () => {
    const graph = graphOf(({ add, parameter, input, total }) => {
      const table = parameter('table', 'f32[row 3, column 2]')
      const states = add('lookup', [input('ids', 'i32[L]'), table], { padding: 0 })
      return total(add('linear', [states, table, parameter('bias', 'f32[row 3]')], { out: 'class' }))
    })
    const given = {
      ids: value([3], 0, 2, 2),
      table: value([3, 2], 1, 2, 3, 4, 5, 6),
      bias: value([3], 0, 0, 0),
    }
    // decoder: the sum of states (11, 14) on each row; lookup: twice the sum of rows (9, 12) on row 2
    expect(gradients(graph, given, 'table', 'bias')).toEqual([
      [11, 14, 11, 14, 29, 38],
      [3, 3, 3],
    ])
  })
})

describe('skips', () => {
  test('parameters that the loss does not reach, or only without a gradient', () => {
    const graph = graphOf(({ add, parameter, total }) => {
      const stopped = add('stop_gradient', [parameter('stopped', 'f32[L]')])
      const compared = add('greater', [parameter('compared', 'f32[L]'), parameter('floored', 'f32[L]')])
      const chosen = add('select', [compared, parameter('w', 'f32[L]'), stopped])
      return total(add('add', [chosen, add('floor', [parameter('floored', 'f32[L]')])]))
    })
    const names = ['stopped', 'w', 'compared', 'floored', 'elsewhere']
    const whole = differentiate(graph, 'loss', names, ops)
    expect([...whole.outputs.keys()]).toEqual(['loss', 'gradient w'])
    expect(unreached(whole, names)).toEqual(['stopped', 'compared', 'floored', 'elsewhere'])
  })

  test('work that only frozen parameters would need, though gradients pass through frozen ones', () => {
    const graph = graphOf(({ add, parameter, input, total }) => {
      const first = add(
        'linear',
        [
          input('x', 'f32[B, unit 4]'),
          parameter('first', 'f32[row 4, column 4]'),
          parameter('b', 'f32[row 4]'),
        ],
        { out: 'unit' },
      )
      const second = add(
        'linear',
        [add('tanh', [first]), parameter('second', 'f32[row 4, column 4]'), parameter('b', 'f32[row 4]')],
        { out: 'unit' },
      )
      return total(add('square', [second]))
    })
    const products = (names: readonly string[]) =>
      differentiate(graph, 'loss', names, ops).nodes.filter((node) => node.op === 'contract').length
    expect(products(['first', 'second', 'b'])).toBe(3)
    expect(products(['first'])).toBe(2)
    expect(products(['second'])).toBe(1)
    expect(products([])).toBe(0)
  })
})

describe('masked positions pass 0, never NaN', () => {
  const live = value([3], 1, 0, 1)
  test.each([
    ['log', {}, [2, 0, 4], [0.5, 0, 0.25]],
    ['sqrt', {}, [4, 0, 16], [0.25, 0, 0.125]],
    ['abs', {}, [4, Number.NEGATIVE_INFINITY, -16], [1, 0, -1]],
    ['square', {}, [4, 7, -1], [8, 0, -2]],
  ] as const)('select(mask, %s(x), 0)', (op, attributes, x, expected) => {
    const graph = graphOf(({ add, parameter, input, constant, total }) =>
      total(
        add('select', [
          input('live', 'bool[L]'),
          add(op, [parameter('x', 'f32[L]')], attributes),
          constant(0),
        ]),
      ),
    )
    expect(gradients(graph, { live, x: value([3], ...x) }, 'x')).toEqual([[...expected]])
  })

  test('select(mask, x / y, 0) with 0 / 0 under the mask', () => {
    const graph = graphOf(({ add, parameter, input, constant, total }) => {
      const ratio = add('divide', [parameter('x', 'f32[L]'), parameter('y', 'f32[L]')])
      return total(add('select', [input('live', 'bool[L]'), ratio, constant(0)]))
    })
    const given = { live, x: value([3], 3, 0, 5), y: value([3], 2, 0, -1) }
    expect(gradients(graph, given, 'x', 'y')).toEqual([
      [0.5, 0, -1],
      [-0.75, 0, -5],
    ])
  })

  test('a normalised vector of zeros', () => {
    const graph = graphOf(({ add, parameter, input, constant, total }) => {
      const x = parameter('x', 'f32[L, unit 2]')
      const length = add('sqrt', [add('sum', [add('square', [x])], { axes: ['unit'] })])
      return total(add('select', [input('live', 'bool[L]'), add('divide', [x, length]), constant(0)]))
    })
    const [x] = gradients(graph, { live, x: value([3, 2], 3, 4, 0, 0, 1, 0) }, 'x')
    expect(x?.every(Number.isFinite)).toBe(true)
    expect(x?.slice(2, 4)).toEqual([0, 0])
    expect(x?.[4]).toBe(0)
    expect(x?.[5]).toBe(1)
  })

  test.each(['kl', 'cross_entropy'])('%s of rows that are dead, with whatever scores', (op) => {
    const graph = graphOf(({ add, parameter, input, total }) =>
      total(
        add(op, [parameter('s', 'f32[B, L]'), parameter('t', 'f32[B, L]'), input('live', 'bool[B, L]')], {
          axis: 'token',
        }),
      ),
    )
    const given = {
      live: value([2, 3], 1, 1, 0, 0, 0, 0),
      s: value([2, 3], 0, 1, 5e3, 1, 2, 3),
      t: value([2, 3], 1, 3, 1e30, 4, 5, 6),
    }
    const [s = [], t = []] = gradients(graph, given, 's', 't')
    expect([...s, ...t].every(Number.isFinite)).toBe(true)
    expect(s.slice(2)).toEqual([0, 0, 0, 0])
    expect(t.slice(2)).toEqual([0, 0, 0, 0])
    expect(t[0]).not.toBe(0)
  })
})

describe('kinks', () => {
  test.each([
    ['abs', [0, 0]],
    ['relu', [0, 0]],
    ['sqrt', [0, 0]],
  ])('%s at 0', (op, expected) => {
    const graph = graphOf(({ add, parameter, total }) => total(add(op, [parameter('x', 'f32[unit 2]')])))
    expect(gradients(graph, { x: value([2], 0, -0) }, 'x')).toEqual([expected])
  })

  test.each(['minimum', 'maximum'])('%s of equal values: half to each', (op) => {
    const graph = graphOf(({ add, parameter, total }) =>
      total(add(op, [parameter('a', 'f32[unit 2]'), parameter('b', 'f32[unit 2]')])),
    )
    const [a, b] = gradients(graph, { a: value([2], 1, 2), b: value([2], 1, 3) }, 'a', 'b')
    expect(a).toEqual(op === 'minimum' ? [0.5, 1] : [0.5, 0])
    expect(b).toEqual(op === 'minimum' ? [0.5, 0] : [0.5, 1])
  })

  test('max of equal entries: equal shares', () => {
    const graph = graphOf(({ add, parameter, total }) =>
      total(add('max', [parameter('x', 'f32[B, L]')], { axis: 'token' })),
    )
    expect(gradients(graph, { x: value([2, 3], 3, 1, 3, 2, 2, 2) }, 'x')).toEqual([
      [0.5, 0, 0.5, 1 / 3, 1 / 3, 1 / 3],
    ])
  })

  test.each([
    [0, undefined],
    [1, [1, 1]],
    [2, [0, 6]],
    [3, [0, 27]],
    [0.5, [0, 0.5 / Math.sqrt(3)]],
  ] as const)('x ^ %f at 0 and 3', (exponent, expected) => {
    const graph = graphOf(({ add, parameter, constant, total }) =>
      total(add('power', [parameter('x', 'f32[unit 2]'), constant(exponent)])),
    )
    if (expected === undefined) {
      expect(unreached(differentiate(graph, 'loss', ['x'], ops), ['x'])).toEqual(['x'])
      return
    }
    const [x] = gradients(graph, { x: value([2], 0, 3) }, 'x')
    x?.forEach((slope, i) => {
      expect(slope).toBeCloseTo(expected[i] ?? Number.NaN, 12)
    })
  })
})

describe('the result', () => {
  const mse = graphOf(({ add, parameter, input, constant, total }) => {
    const states = add(
      'linear',
      [
        input('x', 'f32[B, L, unit 4]'),
        parameter('W.weight', 'f32[row 3, column 4]'),
        parameter('W.bias', 'f32[row 3]'),
      ],
      { out: 'unit' },
    )
    const distance = add('square', [add('subtract', [states, input('t', 'f32[B, L, unit 3]')])])
    return add('multiply', [
      total(add('select', [input('live', 'bool[B, L]'), distance, constant(0)])),
      input('normaliser[0]', 'f32[]'),
    ])
  })

  test('keeps the nodes and outputs of the graph, and adds gradients behind them', () => {
    const whole = differentiate(mse, 'loss', ['W.bias', 'W.weight'], ops)
    expect([...whole.outputs.keys()]).toEqual(['loss', 'gradient W.bias', 'gradient W.weight'])
    expect(mse.nodes.every((node) => whole.nodes.includes(node))).toBe(true)
    expect(whole.outputs.get('loss')).toBe(mse.outputs.get('loss'))
    expect(whole.outputs.get('gradient W.weight')?.type).toEqual(type('f32[row 3, column 4]'))
  })

  test('is the same each time, without products with 1 or needless repetition', async () => {
    const text = printGraph(differentiate(mse, 'loss', ['W.weight', 'W.bias'], ops))
    expect(printGraph(differentiate(mse, 'loss', ['W.weight', 'W.bias'], ops))).toBe(text)
    await expect(text).toMatchFileSnapshot('../golden/printing/masked-mse.txt')
  })

  test('is refused for a loss that is missing or no scalar', () => {
    expect(() => differentiate(mse, 'total', [], ops)).toThrow('differentiate: no output total')
    const rows = graphOf(({ parameter }) => parameter('x', 'f32[L]'))
    expect(() => differentiate(rows, 'loss', ['x'], ops)).toThrow(GraphError)
  })

  test('of a loss that is a parameter', () => {
    const graph = graphOf(({ parameter }) => parameter('x', 'f32[]'))
    expect(gradients(graph, { x: value([], 5) }, 'x')).toEqual([[1]])
  })

  test('is refused when a gradient rule lies about shapes', () => {
    const graph = graphOf(({ add, parameter, total }) => total(add('tanh', [parameter('x', 'f32[L]')])))
    const liar = { ...ops, tanh: { ...ops.tanh, vjp: () => [graph.outputs.get('loss')] } }
    expect(() => differentiate(graph, 'loss', ['x'], liar)).toThrow(
      'differentiate: parameter f32[L] got f32[]',
    )
  })
})
