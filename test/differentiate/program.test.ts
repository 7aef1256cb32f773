/**
 * Losses that nobody has published, written here in the language only, through whole models that the compiler has never seen: the gradient of every trained
 * parameter against central differences, in float64, with padding, dropout on, shared layers, a factorized matrix, a tied decoder and a projection.
 */
import { describe, expect, test } from 'vitest'
import { differentiate } from '../../src/differentiate/differentiate.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { reachable } from '../../src/graph/build.ts'
import { gradientName } from '../../src/graph/gradient-name.ts'
import type { Graph, ReferenceValue } from '../../src/graph/graph.ts'
import { ops } from '../../src/graph/ops/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { dot, evaluated, output, slope } from '../ops/trial.ts'
import { type Generator, generate, stream, value } from '../ops/typed.ts'

const path = new URL('own.distill', import.meta.url).pathname
const { program, diagnostics } = checkFile(path)
const stage = program?.stages[0]
if (program === undefined || stage === undefined) {
  throw new Error(diagnostics.map((d) => `${d.code} ${d.message}`).join('\n'))
}
const compiled = compileStage(program, stage)
const uniform = stream(3)

/** The batch: a text of three tokens and one of one, one masked token in each, and the places of what is attended and masked. */
const batch = new Map<string, ReferenceValue>([
  ['tokens', value([2, 3], 4, 8, 1, 5, 0, 0)],
  ['segments', value([2, 3], 0, 0, 0, 0, 0, 0)],
  ['places', value([3], 0, 1, 2)],
  ['attended', value([2, 3], 1, 1, 1, 1, 0, 0)],
  ['masked', value([2, 3], 0, 1, 0, 1, 0, 0)],
  ['sample', value([2], 12, 40)],
  ['positions.attended', value([4], 0, 1, 2, 3)],
  ['positions.masked', value([2], 1, 3)],
])
for (const [name, count] of evaluated(compiled.counts, batch)) {
  batch.set(name.replace('count', 'normaliser'), value([], 1 / (count.data[0] ?? 0)))
}
const small: Generator = (uniform) => 1.4 * uniform() - 0.7
function parameters(graph: Graph): void {
  for (const node of graph.nodes) {
    const { name } = node.attributes
    if (node.op === 'parameter' && typeof name === 'string')
      batch.set(name, generate(node.type, small, uniform))
  }
}
parameters(compiled.forward)

describe('the spec', () => {
  test('is fine, and every parameter of the student and of the projection has a gradient', () => {
    expect(diagnostics).toEqual([])
    verify(compiled.step, ops)
    expect(stage.unreached).toEqual([])
    expect(stage.trained.filter((name) => !compiled.step.outputs.has(gradientName(name)))).toEqual([])
    expect(stage.trained).toEqual(
      expect.arrayContaining([
        'W.weight',
        'S.layer[2].up.left',
        'S.layer[2].up.right',
        'S.embedding.word.weight',
      ]),
    )
    expect(stage.trained.filter((name) => name.includes('layer[3]'))).toEqual([])
    expect(stage.trained.filter((name) => name.startsWith('T.'))).toEqual([])
  })

  test('has losses of ordinary size, none of them 0', () => {
    for (const [name, { data }] of evaluated(compiled.forward, batch)) {
      expect([name, Number.isFinite(data[0]), Math.abs(data[0] ?? 0) > 1e-3]).toEqual([name, true, true])
    }
  })
})

/** One output of the forward graph, alone. */
function alone(name: string): Graph {
  const node = compiled.forward.outputs.get(name)
  if (node === undefined) throw new Error(`no output ${name}`)
  return { name, nodes: reachable([node]), outputs: new Map([[name, node]]) }
}
/** A random direction for a parameter; row 0 of the table stays: its lookup passes no gradient, though its value counts. */
function direction(name: string, length: number): Float64Array {
  const along = Float64Array.from({ length }, () => uniform() - 0.5)
  return name === 'S.embedding.word.weight' ? along.fill(0, 0, 6) : along
}
function close(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) < 1e-6 * (1 + Math.abs(expected))
}

describe('gradients are those of central differences', () => {
  const gradients = evaluated(compiled.step, batch)
  const graph = alone('total')

  test.each(stage.trained)('of the total in %s', (name) => {
    const gradient = gradients.get(gradientName(name))?.data ?? new Float64Array(0)
    const along = direction(name, gradient.length)
    const f = (values: ReadonlyMap<string, ReferenceValue>) =>
      output(graph, values, 'total').data[0] ?? Number.NaN
    const expected = slope(f, batch, name, along)
    const actual = dot(gradient, along)
    expect([actual, expected, close(actual, expected)]).toEqual([actual, expected, true])
  })

  test.each([...compiled.forward.outputs.keys()])('of %s in all parameters together', (term) => {
    const only = alone(term)
    const whole = differentiate(only, term, stage.trained, ops)
    const reached = stage.trained.filter((name) => whole.outputs.has(gradientName(name)))
    expect(reached.length).toBeGreaterThan(5)
    const own = evaluated(whole, batch)
    for (let turn = 0; turn < 2; turn++) {
      let actual = 0
      const lines = reached.map((name) => {
        const gradient = own.get(gradientName(name))?.data ?? new Float64Array(0)
        const along = direction(name, gradient.length)
        actual += dot(gradient, along)
        return [name, along] as const
      })
      const at = (by: number) => {
        const moved = new Map(batch)
        for (const [name, along] of lines) {
          const old = batch.get(name) ?? { shape: [], data: new Float64Array(0) }
          moved.set(name, { shape: old.shape, data: old.data.map((x, i) => x + by * (along[i] ?? 0)) })
        }
        return output(only, moved, term).data[0] ?? Number.NaN
      }
      const expected = (at(1e-5) - at(-1e-5)) / 2e-5
      expect([actual, expected, close(actual, expected)]).toEqual([actual, expected, true])
    }
  })
})
