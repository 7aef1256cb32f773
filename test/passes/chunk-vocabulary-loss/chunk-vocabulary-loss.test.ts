import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateGraph } from '../../../src/backends/reference/evaluate.ts'
import { differentiate } from '../../../src/differentiate/differentiate.ts'
import { Builder } from '../../../src/graph/build.ts'
import type { Graph, Node } from '../../../src/graph/graph.ts'
import { ops } from '../../../src/graph/ops/index.ts'
import { parseGraph } from '../../../src/graph/parse.ts'
import { printGraph } from '../../../src/graph/print.ts'
import { type BatchSizes, concreteShape, hasAxis } from '../../../src/graph/type.ts'
import { verify } from '../../../src/graph/verify.ts'
import { chunking, chunkVocabularyLoss } from '../../../src/optimize/passes/chunk-vocabulary-loss.ts'
import { scheduleStep } from '../../../src/plan/plan.ts'
import { random, real, stream, type } from '../../ops/typed.ts'
import { passContext } from '../context.ts'

const folder = new URL('.', import.meta.url).pathname
const read = (name: string): Graph => parseGraph(readFileSync(`${folder}${name}.graph`, 'utf8'), ops)
/** 1,024 positions of which 64 are masked: rows of 8,192 numbers are 34 MB. */
const full: BatchSizes = { B: 8, L: 128, M: 64 }

function run(graph: Graph, pass = chunkVocabularyLoss, sizes = full) {
  const notes: string[] = []
  const after = pass.run(graph, { ...passContext(notes), sizes })
  verify(after, ops)
  return { after, notes }
}

/** Outputs for drawn values: places of 13 of 16 positions are live, the others stand for the first. */
function evaluated(graph: Graph, sizes: BatchSizes) {
  const drawn = (node: Node, name: string) => {
    const uniform = stream(name.length + 7)
    const shape = concreteShape(node.type, sizes)
    const count = shape.reduce((product, n) => product * n, 1)
    const value = (i: number): number => {
      if (name.startsWith('positions')) return i < count - 3 ? i : -1
      if (name === 'labels') return i % 5 === 0 ? -100 : (i * 7) % 12
      return node.type.dtype === 'bool' ? (i % 3) & 1 : node.type.dtype === 'i32' ? i : real(uniform, i)
    }
    return { shape, data: Float64Array.from({ length: count }, (_, i) => value(i)) }
  }
  return evaluateGraph(ops, graph, drawn, { sizes, random })
}

function requireEqual(before: Graph, after: Graph, sizes: BatchSizes): void {
  const [a, b] = [evaluated(before, sizes), evaluated(after, sizes)]
  expect([...b.keys()]).toEqual([...a.keys()])
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? new Float64Array()
    const size = Math.max(1e-9, ...data.map(Math.abs))
    data.forEach((x, i) => {
      expect(Math.abs(x - (other[i] ?? Number.NaN)), `${name}[${i}]`).toBeLessThanOrEqual(1e-10 * size)
    })
  }
}

describe('chunk-vocabulary-loss', () => {
  it.each(['soft-and-hard', 'sizes-in-attributes'])('%s', async (name) => {
    const { after, notes } = run(read(name))
    expect(notes).toHaveLength(1)
    await expect(printGraph(after)).toMatchFileSnapshot(`${folder}${name}.after.graph`)
    expect(run(after).after).toBe(after)
  })

  it.each([
    ['read-whole', 'f32[B, L, class 8192] kept whole: term likeness reads it at all tokens'],
    ['read-again', 'f32[R, class 8192] kept whole: term hard reads it in sum'],
    ['whole-form', 'f32[B, L, class 8192] kept whole: term hard reads it at all tokens'],
    ['few-rows', undefined],
  ])('%s: the same object, and why', (name, reason) => {
    const graph = read(name)
    const { after, notes } = run(graph, chunkVocabularyLoss, { B: 32, L: 128, M: 64 })
    expect(after).toBe(graph)
    expect(notes).toEqual(reason === undefined ? [] : [reason])
  })

  it('takes the fewest shares that are small enough', () => {
    const shares = (B: number) =>
      run(read('soft-and-hard'), chunkVocabularyLoss, { B, L: 128 }).after.nodes.find(
        ({ op }) => op === 'chunk',
      )?.attributes.count
    expect([1, 2, 4, 8, 16, 32, 64].map(shares)).toEqual([undefined, undefined, 2, 4, 8, 16, 16])
  })

  it('lets one share go forward and back before the next', () => {
    const before = read('soft-and-hard')
    const parameters = ['S.word.weight', 'S.logits.bias', 'S.transform.weight']
    const whole = differentiate(before, 'total', parameters, ops)
    const apart = differentiate(run(before).after, 'total', parameters, ops)
    const [a, b] = [scheduleStep(whole, full), scheduleStep(apart, full)]
    const wide = 1024 * 8192 * 4
    expect(a.peak).toBeGreaterThan(4 * wide)
    expect(b.peak).toBeLessThan(a.peak / 3)
    // never more of it than one share's logits, targets, both at a temperature and a gradient
    const held = (index: number): number =>
      b.buffers
        .filter(({ first, last, nodes }) => {
          const rows = nodes.some((node) => hasAxis(node.type, 'position') && hasAxis(node.type, 'class'))
          return rows && first <= index && index <= last
        })
        .reduce((sum, { bytes }) => sum + bytes, 0)
    const most = Math.max(...b.lifetimes.nodes.map((_, i) => held(i)))
    expect(most).toBeLessThanOrEqual((5 * wide) / 4)
  })
})

/** One step of a random loss over the rows of a vocabulary of 12. */
const step = fc.record({
  kind: fc.constantFrom('unary', 'binary', 'select', 'normalise', 'loss', 'narrow'),
  op: fc.nat(),
  a: fc.nat(),
  b: fc.nat(),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function graphOf(steps: readonly Step[]): Graph {
  const b = new Builder(ops)
  const x = b.input('x', type('f32[R, unit 3]'))
  const bias = b.parameter('bias', type('f32[row 12]'))
  const logits = b.add('linear', [x, b.parameter('w', type('f32[row 12, column 3]')), bias], { out: 'class' })
  const target = b.add('linear', [x, b.parameter('t', type('f32[row 12, column 3]')), bias], { out: 'class' })
  const places = b.input('positions.attended', type('i32[R]'))
  const live = b.add('greater_equal', [b.add('cast', [places], { dtype: 'f32' }), b.constant(0)])
  const wide: Node[] = [logits, target, b.input('given', type('f32[R, class 12]'))]
  const rows: Node[] = []
  const pick = (n: number): Node => wide[n % wide.length] ?? logits
  const unary = ['tanh', 'negate', 'sigmoid', 'square'] as const
  const binary = ['add', 'subtract', 'multiply'] as const
  for (const { kind, op, a, b: other } of steps) {
    const [p, q] = [pick(a), pick(other)]
    if (kind === 'unary') wide.push(b.add(unary[op % unary.length] ?? 'tanh', [p]))
    if (kind === 'binary') wide.push(b.add(binary[op % binary.length] ?? 'add', [p, q]))
    if (kind === 'select') wide.push(b.add('select', [live, p, q]))
    if (kind === 'normalise')
      wide.push(b.add(op % 2 === 0 ? 'softmax' : 'log_softmax', [p], { axis: 'class' }))
    if (kind === 'narrow') rows.push(b.add('sum', [p], { axes: ['class'] }))
    if (kind === 'loss') {
      const labels = b.input('labels', type('i32[R]'))
      rows.push(
        op % 2 === 0
          ? b.add('kl', [p, q], { axis: 'class' })
          : b.add('cross_entropy_labels', [p, labels], { axis: 'class' }),
      )
    }
  }
  rows.push(b.add('kl', [pick(steps.length), target], { axis: 'class' }))
  const sums = rows.map((row) =>
    b.add('sum', [b.add('select', [live, row, b.constant(0)])], { axes: ['position'] }),
  )
  const total = sums.reduce((s, t) => b.add('add', [s, t]))
  return b.finish(
    'random',
    new Map([...sums.map((sum, i): [string, Node] => [`term ${i}`, sum]), ['total', total]]),
  )
}

describe('over random losses', () => {
  const sizes: BatchSizes = { B: 2, L: 8, R: 16 }
  const graphs = fc.array(step, { minLength: 1, maxLength: 10 }).map(graphOf)
  // a row of 12 numbers is wide; the values of 16 rows of them are small in 1, 2, 4, 8 or 16 shares
  const bytes = fc.constantFrom(100_000, 4000, 2000, 1000, 1)

  it('keeps values and gradients, is idempotent, and the same object where nothing changes', () => {
    const seen = new Set<unknown>()
    fc.assert(
      fc.property(graphs, bytes, (before, smallWide) => {
        const pass = chunking({ wideRow: 8, smallWide, smallShare: 0, fewestRows: 1 })
        const { after } = run(before, pass, sizes)
        const count = after.nodes.find(({ op }) => op === 'chunk')?.attributes.count
        seen.add(count)
        expect(after === before).toBe(count === undefined)
        expect(run(after, pass, sizes).after).toBe(after)
        const gradients = (graph: Graph) => differentiate(graph, 'total', ['w', 't', 'bias'], ops)
        requireEqual(gradients(before), gradients(after), sizes)
      }),
      { numRuns: 60, seed: 3 },
    )
    expect(seen).toEqual(new Set([undefined, 2, 4, 8, 16]))
  })
})
