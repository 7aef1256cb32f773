import { describe, expect, it } from 'vitest'
import { Builder, canonicalJson } from '../../src/graph/build.ts'
import { GraphError } from '../../src/graph/graph.ts'
import { canonical, printType, tensorType, unionDimensions } from '../../src/graph/type.ts'
import { fakeOps } from './fake-ops.ts'

const hidden = tensorType('f32', [
  { axis: 'unit', size: 8 },
  { axis: 'example', size: 'B' },
  { axis: 'token', size: 'L' },
])

describe('Builder', () => {
  it('gives one node for one meaning, whatever the order of attribute keys', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', hidden)
    expect(builder.input('x', hidden)).toBe(x)
    expect(builder.add('tanh', [x])).toBe(builder.add('tanh', [x], {}))
    expect(builder.add('scale', [x], { a: 1, b: [2] })).toBe(builder.add('scale', [x], { b: [2], a: 1 }))
    expect(builder.add('scale', [x], { a: 1 })).not.toBe(builder.add('scale', [x], { a: 2 }))
    expect(builder.add('tanh', [x])).not.toBe(builder.add('negate', [x]))
    expect(builder.constant(0)).not.toBe(builder.constant(-0))
    expect(builder.constant(Number.POSITIVE_INFINITY)).not.toBe(builder.constant(Number.NaN))
  })

  it('keeps the order of inputs apart', () => {
    const builder = new Builder(fakeOps)
    const [x, y] = [builder.input('x', hidden), builder.input('y', hidden)]
    expect(builder.add('add', [x, y])).not.toBe(builder.add('add', [y, x]))
  })

  it('types leaves by their attributes and the rest by the op', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', hidden)
    expect(printType(x.type)).toBe('f32[B, L, unit 8]')
    expect(printType(builder.add('sum', [x], { axes: ['token'] }).type)).toBe('f32[B, unit 8]')
    expect(printType(builder.constant(3).type)).toBe('f32[]')
    expect(printType(builder.add('vector', [], { axis: 'class', values: [1, 2, 3] }).type)).toBe(
      'f32[class 3]',
    )
  })

  it('finishes with what the outputs need, inputs first', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', hidden)
    builder.add('tanh', [x])
    const used = builder.add('negate', [x])
    const graph = builder.finish('g', new Map([['y', used]]))
    expect(graph.nodes).toEqual([x, used])
  })

  it('continues on the nodes of a graph', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', hidden)
    const y = builder.add('tanh', [x])
    const graph = builder.finish('g', new Map([['y', y]]))
    const next = Builder.from(graph, fakeOps)
    expect(next.add('tanh', [x])).toBe(y)
    const z = next.add('add', [x, y])
    expect(z.id).toBeGreaterThan(y.id)
    expect(next.finish('h', new Map([['z', z]])).nodes).toEqual([x, y, z])
  })

  it('refuses unknown ops, strangers and wrong leaves', () => {
    const builder = new Builder(fakeOps)
    const stranger = new Builder(fakeOps).input('x', hidden)
    expect(() => builder.add('nonsense', [])).toThrow(GraphError)
    expect(() => builder.add('toString', [])).toThrow('no such op')
    expect(() => builder.add('tanh', [stranger])).toThrow('another builder')
    expect(() => builder.finish('g', new Map([['x', stranger]]))).toThrow('another builder')
    expect(() => builder.add('constant', [], {})).toThrow('value')
    expect(() => builder.add('input', [], { dtype: 'f32', dimensions: [] })).toThrow('name')
    expect(() => builder.parameter('w', tensorType('i32'))).toThrow('must be f32')
  })
})

describe('types', () => {
  it('orders axes and refuses two of one name or two sizes of one axis', () => {
    expect(printType(hidden)).toBe('f32[B, L, unit 8]')
    expect(() =>
      canonical([
        { axis: 'unit', size: 1 },
        { axis: 'unit', size: 1 },
      ]),
    ).toThrow('twice')
    const union = unionDimensions(
      [{ axis: 'unit', size: 8 }],
      [{ axis: 'token', size: 'L' }],
      hidden.dimensions,
    )
    expect(union).toEqual(hidden.dimensions)
    expect(() => unionDimensions([{ axis: 'unit', size: 8 }], [{ axis: 'unit', size: 9 }])).toThrow(
      'size 8 and size 9',
    )
  })

  it('writes attributes canonically', () => {
    expect(canonicalJson({ b: 1, a: [true, null, 'x', { d: -0, c: 2 }] })).toBe(
      '{"a":[true,null,"x",{"c":2,"d":-0}],"b":1}',
    )
  })
})
