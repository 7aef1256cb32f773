/** What must hold of every plan: values that live at one time stand apart, nothing is overwritten that is still read, and the peak covers what is live. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Builder } from '../../src/graph/build.ts'
import type { Graph, Node } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { parseGraph } from '../../src/graph/parse.ts'
import { tensorType } from '../../src/graph/type.ts'
import { placeBuffers } from '../../src/plan/arena.ts'
import { valueBytes } from '../../src/plan/buffers.ts'
import { type Plan, planStep, scheduleInOrder, scheduleStep } from '../../src/plan/plan.ts'
import { eagerOrder } from '../../src/plan/schedule.ts'

const rows = tensorType('f32', [
  { axis: 'example', size: 'B' },
  { axis: 'unit', size: 8 },
])
const wide = tensorType('f32', [
  { axis: 'example', size: 'B' },
  { axis: 'token', size: 'L' },
  { axis: 'unit', size: 8 },
])

const donating = (graph: Graph): Graph => ({ ...graph, donates: true })

/** A graph from numbers: each makes one node of values made before. */
function graphOf(choices: readonly (readonly [op: number, a: number, b: number])[], kept: number): Graph {
  const builder = new Builder(ops)
  const values: Node[] = [
    builder.input('x', rows),
    builder.input('y', wide),
    builder.parameter('w', tensorType('f32', [{ axis: 'unit', size: 8 }])),
    builder.constant(2),
  ]
  const pick = (n: number): Node => values[n % values.length] ?? builder.constant(1)
  for (const [op, a, b] of choices) {
    const [x, y] = [pick(a), pick(b)]
    const made = [
      () => builder.add('add', [x, y]),
      () => builder.add('multiply', [x, y]),
      () => builder.add('subtract', [y, x]),
      () => builder.add('gelu', [x]),
      () => builder.add('negate', [x]),
      () => builder.add('stop_gradient', [x]),
      () => builder.add('less', [x, y]),
      () => builder.add('sum', [x], { axes: x.type.dimensions.slice(0, 1).map((d) => d.axis) }),
    ][op % 8]
    try {
      const node = made?.()
      if (node?.type.dtype === 'f32') values.push(node)
    } catch {
      // a shape rule refuses this one
    }
  }
  const outputs = values.slice(-kept).filter((node) => node.inputs.length > 0)
  return builder.finish('random', new Map(outputs.map((node, i) => [`out ${i}`, node])))
}

const graphs = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(7), fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([choices, kept]) => graphOf(choices, kept))

/** Checks a plan by simulating it: each buffer holds the value that was written last. */
function check(plan: Plan): void {
  const { nodes } = plan.lifetimes
  expect(new Set(nodes)).toEqual(new Set(plan.graph.nodes))
  const inside = new Map<number, Node>()
  const root = new Map<Node, Node>()
  for (const [i, node] of nodes.entries()) {
    for (const input of node.inputs) {
      const place = plan.bufferOf.get(input)
      if (place !== undefined) expect(inside.get(place)).toBe(root.get(input))
    }
    const place = plan.bufferOf.get(node)
    if (place === undefined) continue
    const buffer = plan.buffers[place]
    expect(buffer?.bytes).toBeGreaterThanOrEqual(valueBytes(node, plan.sizes))
    const over = plan.over[i]
    const names = over === undefined && buffer?.nodes[0] !== node
    root.set(node, names ? (root.get(node.inputs[0] ?? node) ?? node) : node)
    inside.set(place, root.get(node) ?? node)
    const input = over === undefined ? undefined : node.inputs[over]
    if (input !== undefined) {
      expect(plan.lifetimes.lastReader.get(input)).toBe(i)
      expect(input.type).toEqual(node.type)
    }
  }
  for (const node of plan.graph.outputs.values()) {
    const place = plan.bufferOf.get(node)
    if (place !== undefined) expect(inside.get(place)).toBe(root.get(node))
  }
  const placed = plan.buffers.map((buffer, i) => ({ ...buffer, offset: plan.offsets[i] ?? Number.NaN }))
  for (const [i, a] of placed.entries()) {
    expect(a.offset % 64).toBe(0)
    expect(a.offset + a.bytes).toBeLessThanOrEqual(plan.arena)
    for (const b of placed.slice(i + 1)) {
      const together = a.first <= b.last && b.first <= a.last && a.bytes > 0 && b.bytes > 0
      if (together) expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset).toBe(true)
    }
  }
  nodes.forEach((_, i) => {
    const live = plan.buffers.filter(({ first, last }) => first <= i && i <= last)
    const sum = live.reduce((bytes, buffer) => bytes + buffer.bytes, 0)
    expect(plan.live[i]).toBe(sum)
    expect(plan.peak).toBeGreaterThanOrEqual(sum)
  })
  expect(plan.arena).toBeGreaterThanOrEqual(plan.peak)
}

describe('planStep', () => {
  it('is right for random graphs', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), (graph, B, L) => {
        check(planStep(graph, { B, L }))
        check(planStep(donating(graph), { B, L }))
        expect(planStep(donating(graph), { B, L }).peak).toBeLessThanOrEqual(planStep(graph, { B, L }).peak)
      }),
      { numRuns: 150, seed: 3 },
    )
  })

  const graph = parseGraph(
    `graph g(x: f32[B, unit 8]) {
      parameters {
        $w : f32[unit 8]
      }
      %0 = multiply %x, $w : f32[B, unit 8]
      %1 = tanh %0 : f32[B, unit 8]
      %2 = add %0, %1 : f32[B, unit 8]
      %3 = sum %2 {axes: [example, unit]} : f32[]
      early = %1
      total = %3
    }`,
    ops,
  )

  it('writes over an input that dies, not over one that is kept or read later', () => {
    const plan = planStep(donating(graph), { B: 3, L: 1 })
    const over = plan.lifetimes.nodes.map((node, i) => [node.op, plan.over[i]])
    expect(over).toEqual([
      ['input', undefined],
      ['parameter', undefined],
      ['multiply', undefined],
      ['tanh', undefined],
      ['add', 0],
      ['sum', undefined],
    ])
    const row = 3 * 8 * 4
    // x and the product; then the product (which the sum takes the place of) and the kept tanh
    expect(plan.peak).toBe(2 * row + 4)
    expect(plan.parameters).toBe(8 * 4)
  })

  it('writes over nothing that a matrix product has read', () => {
    const read = parseGraph(
      `graph g(x: f32[B, unit 8]) {
        parameters {
          $w : f32[row 8, column 8]
          $b : f32[row 8]
        }
        %0 = negate %x : f32[B, unit 8]
        %1 = linear %0, $w, $b {out: unit} : f32[B, unit 8]
        %2 = add %0, %1 : f32[B, unit 8]
        out = %2
      }`,
      ops,
    )
    const plan = planStep(donating(read), { B: 3, L: 1 })
    expect(plan.over.at(-1)).toBe(1)
  })

  it('draws what frees memory forward where that lowers the peak', () => {
    const late = parseGraph(
      `graph g(x: f32[B, unit 8]) {
        %0 = exp %x : f32[B, unit 8]
        %1 = tanh %x : f32[B, unit 8]
        %2 = sum %0 {axes: [unit]} : f32[B]
        %3 = sum %1 {axes: [unit]} : f32[B]
        %4 = add %2, %3 : f32[B]
        out = %4
      }`,
      ops,
    )
    const { lifetimes, peak } = scheduleStep(late, { B: 4, L: 1 })
    expect(lifetimes.nodes.map(({ op }) => op)).toEqual(['input', 'exp', 'sum', 'tanh', 'sum', 'add'])
    expect(peak).toBe(2 * 4 * 8 * 4 + 4 * 4)
  })

  it('draws a few nodes forward that free memory together', () => {
    const late = parseGraph(
      `graph g(x: f32[B, unit 8]) {
        %0 = exp %x : f32[B, unit 8]
        %1 = sigmoid %x : f32[B, unit 8]
        %2 = tanh %x : f32[B, unit 8]
        %3 = square %x : f32[B, unit 8]
        %4 = less %0, 1 : bool[B, unit 8]
        %5 = select %4, 0, %0 : f32[B, unit 8]
        %6 = less %1, 1 : bool[B, unit 8]
        %7 = select %6, 0, %1 : f32[B, unit 8]
        %8 = subtract %5, %7 : f32[B, unit 8]
        difference = %8
        first = %2
        second = %3
      }`,
      ops,
    )
    const sizes = { B: 4, L: 1 }
    const { lifetimes, peak } = scheduleStep(late, sizes)
    const order = lifetimes.nodes.map(({ op }) => op)
    expect(order.indexOf('subtract')).toBeLessThan(order.indexOf('tanh'))
    expect(peak).toBeLessThan(scheduleInOrder(late, eagerOrder(late, sizes), sizes).peak)
  })
})

describe('placeBuffers', () => {
  it('reuses a gap, and merges neighbours', () => {
    const { offsets, bytes } = placeBuffers([
      { bytes: 64, first: 0, last: 1 },
      { bytes: 64, first: 0, last: 1 },
      { bytes: 128, first: 2, last: 3 },
      { bytes: 10, first: 2, last: 2 },
    ])
    expect(bytes).toBe(192)
    expect(new Set(offsets.slice(2))).toEqual(new Set([0, 128]))
  })
})
