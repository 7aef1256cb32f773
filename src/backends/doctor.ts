/**
 * Facts for `distill doctor`: which backends start here, how fast each multiplies matrices, and what would
 * make another one usable.
 */

import type { AutomaticPrecision } from '../check/model-precision.ts'
import { errorLine } from '../diagnostics/error-text.ts'
import { Builder } from '../graph/build.ts'
import type { TensorType } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { type LowPrecision, lowPrecisions, precisionAttribute, productsIn } from '../graph/precision.ts'
import { tensorType } from '../graph/type.ts'
import { int8Error, percent } from '../run/int8-error.ts'
import type { Runner, RunRequest } from '../run/runner.ts'
import { type BackendName, backendNames, createRunner, isBackendName } from './index.ts'
import { missingPart, reasonOf } from './reason.ts'

export interface BackendFact {
  readonly name: BackendName
  readonly usable: boolean
  /** Library, version and threads; absent if it does not start, or if there is nothing to report. */
  readonly detail?: string
  /** Its further options; absent if there are none. */
  readonly others?: string
  /** Why it does not start; absent where it does. */
  readonly reason?: string
  /**
   * Measured on a product of two square matrices, in 10^9 additions and multiplications a second; absent
   * where it does not start.
   */
  readonly gflops?: number
  /** The same in the precisions that it has beside float32. */
  readonly low?: { readonly [precision in LowPrecision]?: number }
  /** Why a precision that it has is not to be used here. */
  readonly refused?: { readonly [precision in LowPrecision]?: string }
  /** A command that would make it usable, or faster; absent where none would. */
  readonly remedy?: string
}

export type Open = (name: BackendName) => Promise<Runner>

/**
 * Side of the square matrices: large enough that a call's own cost does not count, small enough to be done in
 * a moment.
 */
const sides: { readonly [name in BackendName]: number } = {
  reference: 96,
  cpu: 384,
  wasm: 768,
  tensorflow: 1024,
  onnxruntime: 1024,
  native: 1024,
  webgpu: 512,
}

/** Starts every backend, one after another, and measures it. Never throws: what fails is a fact. */
export async function backendFacts(
  open: Open = createRunner,
  names: readonly BackendName[] = backendNames,
): Promise<readonly BackendFact[]> {
  const facts: BackendFact[] = []
  for (const name of names) facts.push(await factOf(name, open))
  return facts
}

async function factOf(name: BackendName, open: Open): Promise<BackendFact> {
  try {
    const runner = await open(name)
    try {
      const { detail, others, remedy } = runner
      return {
        name,
        usable: true,
        gflops: productSpeed(runner, sides[name]),
        // the reference is for what is right, not for what is fast
        ...(name === 'reference' ? {} : lowSpeeds(runner, sides[name])),
        ...(detail === undefined ? {} : { detail }),
        ...(others === undefined ? {} : { others }),
        ...(remedy === undefined ? {} : { remedy }),
      }
    } finally {
      runner.dispose()
    }
  } catch (error) {
    const reason = reasonOf(error)
    const remedy = missingPart(error)?.help
    return { name, usable: false, reason, ...(remedy === undefined ? {} : { remedy }) }
  }
}

/**
 * Of the fastest of several products of square matrices, in 10^9 additions and multiplications a second.
 * Rejects where the backend does not start.
 */
export async function matrixSpeed(name: BackendName): Promise<number> {
  const runner = await createRunner(name)
  try {
    return productSpeed(runner, sides[name])
  } finally {
    runner.dispose()
  }
}

/** A precision that fails or is not exact is reported separately: the backend works without it. */
function lowSpeeds(runner: Runner, side: number): Pick<BackendFact, 'low' | 'refused'> {
  const low: { [precision in LowPrecision]?: number } = {}
  const refused: { [precision in LowPrecision]?: string } = {}
  for (const precision of lowPrecisions) {
    if (runner.capabilities?.has(productsIn(precision)) !== true) continue
    try {
      const off = precision === 'int8' ? int8Error(runner) : 0
      if (off !== 0) refused[precision] = `products are off by ${percent(off)} on this processor`
      else low[precision] = productSpeed(runner, side, precision)
    } catch (error) {
      refused[precision] = errorLine(error)
    }
  }
  return {
    ...(Object.keys(low).length === 0 ? {} : { low }),
    ...(Object.keys(refused).length === 0 ? {} : { refused }),
  }
}

/**
 * Low precision costs conversions, and exactness: it has to be so many times faster than float32 to be
 * chosen.
 */
const leastGain = { bf16: 1.25, int8: 1.5 } as const

/**
 * The precision of `precision = auto` on a runner: the fastest that it has and computes correctly, by
 * products of square matrices. It is int8 for models that a stage only reads, from 1.5 times the speed of
 * float32 on; bf16 from 1.25 times on.
 */
export function automaticPrecision(
  runner: Runner,
  measure: (precision?: LowPrecision) => number = (precision) =>
    productSpeed(runner, isBackendName(runner.name) ? sides[runner.name] : 1024, precision),
): AutomaticPrecision {
  const exact = measure()
  const gain = (precision: LowPrecision): number => {
    if (runner.capabilities?.has(productsIn(precision)) !== true) return 0
    try {
      // a run would be refused it (E1007)
      if (precision === 'int8' && int8Error(runner) !== 0) return 0
      const times = measure(precision) / exact
      return times >= leastGain[precision] ? times : 0
    } catch {
      // it has the precision on other machines; `doctor` prints the reason
      return 0
    }
  }
  const gains = { bf16: gain('bf16'), int8: gain('int8') }
  const trained = gains.bf16 > 0 ? 'bf16' : 'float32'
  return { read: gains.int8 > gains.bf16 ? 'int8' : trained, trained }
}

interface ProductSize {
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

function productSpeed(runner: Runner, side: number, precision?: LowPrecision): number {
  return measureProduct(runner, { rows: side, inner: side, columns: side }, { precision })
}

/**
 * Of large matrix products on a runner: 10^9 additions and multiplications a second. Measured in well under a
 * second. Products of fewer rows are less often interrupted by other programs.
 */
export function quickSpeed(runner: Runner): number {
  const side = isBackendName(runner.name) ? sides[runner.name] : 1024
  return measureProduct(runner, { rows: side / 4, inner: side, columns: side }, { milliseconds: 200 })
}

function measureProduct(
  runner: Runner,
  { rows, inner, columns }: ProductSize,
  { precision, milliseconds = 800 }: { precision?: LowPrecision | undefined; milliseconds?: number },
): number {
  const builder = new Builder(ops)
  const matrix = (row: number, column: number): TensorType =>
    tensorType('f32', [
      { axis: 'row', size: row },
      { axis: 'column', size: column },
    ])
  // One factor is an input: a product of two fixed ones would be computed once, before the first run.
  const product = builder.add(
    'contract',
    [builder.input('a', matrix(rows, inner)), builder.parameter('b', matrix(inner, columns))],
    {
      left: ['row', 'rank'],
      right: ['rank', 'column'],
      sum: ['rank'],
      ...precisionAttribute(precision),
    },
  )
  const corner = builder.add('pick', [product], { axis: 'row', index: 0 })
  const graph = builder.finish('product', new Map([['corner', corner]]))
  const values = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => (i % 7) - 3)
  const [left, right] = [values(rows * inner), values(inner * columns)]
  const request: RunRequest = {
    sizes: { B: 1, L: 1 },
    inputs: new Map([['a', { dtype: 'f32', shape: [rows, inner], data: left }]]),
    parameter: () => ({ shape: [inner, columns], data: right, version: 0 }),
    random: { seed: 0, stage: 'doctor', step: 0 },
  }
  let best = Infinity
  const started = performance.now()
  for (let n = 0; n < 40 && (n < 3 || performance.now() - started < milliseconds); n++) {
    const before = performance.now()
    runner.run(graph, request)
    best = Math.min(best, performance.now() - before)
  }
  runner.forget?.(graph)
  return (2 * rows * inner * columns) / best / 1e6
}
