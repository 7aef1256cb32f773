import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Builder, type OpShapes } from '../../src/graph/build.ts'
import { type AttributeValue, type Graph, GraphError, type Node } from '../../src/graph/graph.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { printGraph } from '../../src/graph/print.ts'
import { tensorType } from '../../src/graph/type.ts'
import { fakeOps } from './fake-ops.ts'
import { findDifference } from './find-difference.ts'

const units = tensorType('f32', [{ axis: 'unit', size: 8 }])
/** Ops of any number of inputs that all give f32[unit 8]. */
const anyOps: OpShapes = Object.fromEntries(['a', 'b', 'c'].map((op) => [op, { infer: () => units }]))

const name = fc.oneof(
  fc.constantFrom(
    'S.layer[1].w',
    'S.layer[2].w',
    'S.layer[3].w',
    'S.layer[3].b',
    'W[1].weight',
    'W[1].bias',
    'w',
  ),
  fc.constantFrom(
    'a/b',
    'a//b',
    '',
    'm',
    'layer[m]',
    'x[01]',
    'null',
    'nan.b',
    'repeat m',
    'B',
    "it's",
    'a = b',
    '"',
    ' a',
    'é',
    '}',
  ),
  fc.string(),
)
const attribute: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    name,
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.boolean(),
    fc.constantFrom(null, -0, Number.NaN, -Infinity, 1e21, 1e-7),
    fc.constantFrom<AttributeValue>(
      [
        { axis: 'unit', size: 3 },
        { axis: 'token', size: 'L' },
      ],
      [{ axis: 'unit', size: -1 }],
      ['token', 'L'],
      [{ axis: 'unit' }],
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc
        .oneof(fc.constantFrom('axis', 'size', 'to', 'a b'), fc.string())
        .filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 3 },
    ),
  ),
})).value

interface Step {
  readonly op: string
  readonly inputs: readonly number[]
  readonly leaf: {
    readonly kind: 'parameter' | 'input' | 'constant' | 'none'
    readonly name: string
    readonly value: number
  }
  readonly attribute: AttributeValue
}
const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('a', 'b', 'c'),
  inputs: fc
    .array(fc.nat({ max: 6 }), { maxLength: 3 })
    .map((list) => (list.length > 1 ? [0, ...list] : list)),
  leaf: fc.record({
    kind: fc.constantFrom('parameter' as const, 'input' as const, 'constant' as const, 'none' as const),
    name: name.filter((text) => text !== ''),
    value: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double()),
  }),
  attribute: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: attribute }),
})

/** A line of a layer: names with an index, few attributes, so that layers fold. */
const layerStep: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('a', 'b', 'c'),
  inputs: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }).map((list) => [0, ...list]),
  leaf: fc.record({
    kind: fc.constantFrom('parameter' as const, 'constant' as const, 'none' as const),
    name: fc.constantFrom('S.layer[1].w', 'S.layer[1].b', 'T.layer[1].w', 'W[1].weight', 'W[1].bias'),
    value: fc.integer({ min: 0, max: 1 }),
  }),
  attribute: fc.constantFrom(null, null, null, 'S.layer[1].site', ['x[1]', 1]),
})

/** Steps as nodes, each reading some of the last few; a block of steps is often repeated, so that something folds. */
function graphOf(steps: readonly Step[], graphName: string, outputs: readonly string[]): Graph {
  const builder = new Builder(anyOps)
  const nodes: Node[] = []
  for (const { op, inputs, leaf, attribute } of steps) {
    const read = inputs.flatMap((back) => nodes.at(-1 - back) ?? [])
    if (leaf.kind === 'parameter') read.push(builder.parameter(leaf.name, units))
    if (leaf.kind === 'input') read.push(builder.input(leaf.name, units))
    if (leaf.kind === 'constant') read.push(builder.constant(leaf.value))
    nodes.push(builder.add(op, read, attribute === null ? {} : { of: attribute }))
  }
  const last = nodes.slice(-outputs.length)
  return builder.finish(graphName, new Map(last.map((node, i) => [outputs[i] ?? '', node])))
}

/** The steps with every index replaced by another. */
function withLayer(steps: readonly Step[], layer: number): Step[] {
  const replaced = (text: string): string => text.replace(/\[\d+\]/g, `[${layer}]`)
  return steps.map((s) => ({
    ...s,
    leaf: { ...s.leaf, name: replaced(s.leaf.name) },
    attribute: typeof s.attribute === 'string' ? replaced(s.attribute) : s.attribute,
  }))
}

describe('the text of any graph', () => {
  it('reads back as the same graph and prints as the same text', () => {
    const layers = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
      fc.integer({ min: 3, max: 8 }).map((n) => Array.from({ length: n }, (_, i) => i + 1)),
      fc.integer({ min: 3, max: 5 }).map((n) => Array.from({ length: n }, (_, i) => 3 * (n - i))),
    )
    const parts = [
      fc.array(step, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.array(layerStep, { minLength: 1, maxLength: 6 }), layers), { maxLength: 3 }),
      fc.array(step, { maxLength: 4 }),
      name.filter((text) => text !== ''),
      fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    ] as const
    let folded = 0
    fc.assert(
      fc.property(...parts, (before, blocks, after, graphName, outputs) => {
        const layered = blocks.flatMap(([body, indices]) =>
          indices.flatMap((layer) => withLayer(body, layer)),
        )
        const graph = graphOf([...before, ...layered, ...after], graphName, outputs)
        const text = printGraph(graph)
        if (text.includes('repeat m in')) folded++
        const parsed = parseGraph(text, anyOps)
        expect(findDifference(parsed, graph)).toBeUndefined()
        expect(printGraph(parsed)).toBe(text)
      }),
      { numRuns: 400 },
    )
    expect(folded).toBeGreaterThan(100)
  })
})

describe('printGraph', () => {
  it('tells where a line comes from', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', units)
    const y = builder.add('tanh', [x], {}, { file: 'a.distill', start: 6, end: 7 })
    const graph = builder.finish('g', new Map([['y', builder.add('negate', [y])]]))
    const text = printGraph(graph, { sources: new Map([['a.distill', 'one\ntwo\nthree']]) })
    expect(text).toMatch(
      /%0 = tanh %x : f32\[unit 8\] +\/\/ a\.distill:2\n {2}%1 = negate %0 : f32\[unit 8\]\n/,
    )
    expect(findDifference(parseGraph(text, fakeOps), graph)).toBeUndefined()
  })

  it.each([
    ['all', [1, 2, 3], ['    $T.layer[1..2].ffn[1..3].w : f32[unit 8]']],
    ['some', [1, 2], ['    $T.layer[1].ffn[1].w : f32[unit 8]', '    $T.layer[1].ffn[2].w : f32[unit 8]']],
  ] as const)(
    'lists parameters with two indices once where %s combinations are there',
    (which, inner, lines) => {
      const builder = new Builder(fakeOps)
      const x = builder.input('x', units)
      const layers = which === 'all' ? [1, 2] : [1]
      let y = x
      for (const m of layers) {
        for (const k of inner)
          y = builder.add('multiply', [y, builder.parameter(`T.layer[${m}].ffn[${k}].w`, units)])
      }
      if (which === 'some') y = builder.add('multiply', [y, builder.parameter('T.layer[2].ffn[1].w', units)])
      const graph = builder.finish('g', new Map([['y', y]]))
      const text = printGraph(graph)
      for (const line of lines) expect(text.split('\n')).toContain(line)
      expect(findDifference(parseGraph(text, fakeOps), graph)).toBeUndefined()
    },
  )

  it('writes indices that follow no rule as lists, and layers used backwards', () => {
    const builder = new Builder(fakeOps)
    const x = builder.input('x', units)
    const scaled = [1, 4, 2, 7, 5].map((layer) => {
      const part = builder.add('multiply', [x, builder.parameter(`T.layer[${layer}].w`, units)])
      return builder.add('norm', [builder.add('tanh', [part])])
    })
    const results = scaled.toReversed().map((node) => builder.add('tanh', [builder.add('negate', [node])]))
    const graph = builder.finish('g', new Map(results.map((node, i) => [`y[${i}]`, node])))
    expect(printGraph(graph)).toBe(`graph g(x: f32[unit 8]) {
  parameters {
    $T.layer[1..2, 4..5, 7].w : f32[unit 8]
  }
  repeat m in 1..5 {
    %0 = multiply %x, $T.layer[[1, 4, 2, 7, 5][m]].w : f32[unit 8]
    %1 = tanh %0 : f32[unit 8]
    %2 = norm %1 : f32[unit 8]
  }
  repeat m in 5..1 {
    %3 = negate %2[m] : f32[unit 8]
    %4 = tanh %3 : f32[unit 8]
  }
  y[0] = %4[5]
  y[1] = %4[4]
  y[2] = %4[3]
  y[3] = %4[2]
  y[4] = %4[1]
}
`)
    expect(findDifference(parseGraph(printGraph(graph), fakeOps), graph)).toBeUndefined()
  })
})

describe('parseGraph', () => {
  const frame = (...lines: readonly string[]): string =>
    ['graph g(x: f32[unit 8]) {', ...lines, '}'].join('\n')
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['no header', 'grph g() {', /^line 1: expected `graph`/],
    ['an open end', 'graph g() {', /^line 2: expected `}`, found the end of the text/],
    ['text after the end', `${frame('y = %x')}\nmore`, /^line 4: expected the end of the text/],
    ['an unknown op', frame('%0 = nonsense %x : f32[unit 8]'), /^line 2: no such op: nonsense/],
    [
      'a wrong type',
      frame('%0 = tanh %x : f32[unit 9]'),
      /^line 2: tanh gives f32\[unit 8\], not f32\[unit 9\]/,
    ],
    ['an unknown axis', frame('%0 = tanh %x : f32[units 8]'), /^line 2: no such axis: "units"/],
    ['an unknown input', frame('%0 = tanh %z : f32[unit 8]'), /^line 2: %z is not declared/],
    ['an unknown parameter', frame('', '%0 = tanh $w : f32[unit 8]'), /^line 3: \$w is not declared/],
    ['a value before its line', frame('%0 = tanh %1 : f32[unit 8]'), /^line 2: there is no value %1 here/],
    [
      'a value named twice',
      frame('%0 = tanh %x : f32[unit 8]', '%0 = tanh %x : f32[unit 8]'),
      /^line 3: 0 is named twice|^line 3: %0 is named twice/,
    ],
    ['an output named twice', frame('y = %x', 'y = %x'), /^line 3: output y is named twice/],
    [
      'an index where there is no repeat',
      frame('%0 = tanh %x : f32[unit 8]', 'y = %0[1]'),
      /^line 3: there is no value %0\[1\] here/,
    ],
    [
      'a value of a repeat that did not run yet',
      frame('repeat m in 1..2 {', '%0 = tanh %0[m - 1] : f32[unit 8]', '}'),
      /^line 3: there is no value %0\[0\] here/,
    ],
    [
      'a carry of nothing',
      frame('repeat m in 1..2 carry %7 = %x {', '%0 = tanh %x : f32[unit 8]', '}'),
      /^line 2: %7 is carried but not in the repeat/,
    ],
    [
      'a list that is too short',
      frame('repeat m in 1..3 {', '%0 = tanh [%x, %x][m] : f32[unit 8]', '}'),
      /^line 3: a list of 2 is too short/,
    ],
    [
      'a list outside a repeat',
      frame('%0 = tanh [%x, %x][m] : f32[unit 8]'),
      /^line 2: expected a number: a list is read in a repeat only/,
    ],
    [
      'a repeat in a repeat',
      frame('repeat m in 1..3 {', 'repeat m in 1..2 {', '}', '}'),
      /^line 3: a repeat within a repeat/,
    ],
    ['rest of a line', frame('y = %x %x'), /^line 2: expected the end of the line, found `%x`/],
    [
      'a range that runs back',
      frame('parameters {', '$T[3..1].w : f32[unit 8]', '}'),
      /^line 3: no range: 3\.\.1/,
    ],
  ]
  it.each(broken)('refuses %s', (_, text, message) => {
    const read = (): Graph => parseGraph(text, fakeOps)
    expect(read).toThrow(GraphError)
    expect(read).toThrow(message)
  })

  it('reads what a person writes: comments, spaces, one index', () => {
    const graph = parseGraph(
      `graph hand(x: f32[unit 8]) {   // two layers
        parameters {
          $T.layer[1, 2].w : f32[unit 8]
        }

        repeat i in 2..1 carry %1 = 0.5 {
          %0 = multiply %1[ i + 1 ], $T.layer[i].w   :   f32[unit 8]
          %1 = add %0, %x : f32[unit 8]
        }
        "y // z" = %1[1]
      }`,
      fakeOps,
    )
    expect(graph.nodes.map((node) => node.op)).toEqual(
      'input parameter parameter constant multiply add multiply add'.split(' '),
    )
    expect([...graph.outputs.keys()]).toEqual(['y // z'])
  })
})
