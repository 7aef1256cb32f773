/** Runs of one graph on two runners, compared element by element. */
import type { Graph, ReferenceValue } from '../../src/graph/graph.ts'
import type { BatchSizes } from '../../src/graph/type.ts'
import type { HostTensor, Runner, RunRequest, StoredParameter } from '../../src/run/runner.ts'
import { random } from '../ops/typed.ts'

/** The largest |a - b| / (1e-6 + 1e-5 |b|): at most 1 where two agree as float32 values should. NaN counts as infinite unless both are NaN. */
export function disagreement(a: HostTensor | undefined, b: HostTensor | undefined): number {
  if (a === undefined || b === undefined || a.data.length !== b.data.length || a.dtype !== b.dtype)
    return Number.POSITIVE_INFINITY
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY
  let worst = 0
  for (let i = 0; i < a.data.length; i++) {
    const [x = Number.NaN, y = Number.NaN] = [a.data[i], b.data[i]]
    if (Object.is(x, y) || x === y) continue
    const off = Math.abs(x - y) / (1e-6 + 1e-5 * Math.abs(y))
    worst = Math.max(worst, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off)
  }
  return worst
}

/** For tensors whose elements are sums of many terms: the norm of the difference over the norm of b. */
export function relativeNorm(a: HostTensor | undefined, b: HostTensor | undefined): number {
  if (a === undefined || b === undefined || a.data.length !== b.data.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let norm = 0
  for (let i = 0; i < a.data.length; i++) {
    const [x = Number.NaN, y = Number.NaN] = [a.data[i], b.data[i]]
    difference += (x - y) ** 2
    norm += y ** 2
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm)
}

/** Leaves from reference values, rounded to what a device holds, so that all runners start from the same numbers. */
export function requestOf(
  graph: Graph,
  values: ReadonlyMap<string, ReferenceValue>,
  sizes: BatchSizes,
): RunRequest {
  const inputs = new Map<string, HostTensor>()
  const parameters = new Map<string, StoredParameter>()
  for (const node of graph.nodes) {
    const name = String(node.attributes.name)
    const value = values.get(name)
    if (value === undefined) continue
    const { shape, data } = value
    if (node.op === 'parameter') parameters.set(name, { shape, data: Float32Array.from(data), version: 0 })
    if (node.op !== 'input') continue
    const { dtype } = node.type
    const kinds = { f32: Float32Array, i32: Int32Array, bool: Uint8Array }
    inputs.set(name, { dtype, shape, data: kinds[dtype].from(data) })
  }
  return { sizes, inputs, random, parameter: (name) => stored(parameters, name) }
}

function stored(parameters: ReadonlyMap<string, StoredParameter>, name: string): StoredParameter {
  const found = parameters.get(name)
  if (found === undefined) throw new Error(`the test gives no parameter ${name}`)
  return found
}

/** Names of outputs, each with how far `runner` is from `reference` there. */
export function differences(
  runner: Runner,
  reference: Runner,
  graph: Graph,
  request: RunRequest,
  measure = disagreement,
): Map<string, number> {
  const got = runner.run(graph, request)
  const wanted = reference.run(graph, request)
  return new Map([...wanted].map(([name, value]) => [name, measure(got.get(name), value)]))
}
