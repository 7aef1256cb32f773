/** Facts for `distill doctor`: which backends start here, how fast each multiplies matrices, and what would make another one usable. */
import { Builder } from '../graph/build.ts'
import type { TensorType } from '../graph/graph.ts'
import { ops } from '../graph/ops/index.ts'
import { tensorType } from '../graph/type.ts'
import type { RunRequest } from '../run/runner.ts'
import { type BackendName, createRunner, type RunnerName } from './index.ts'
import { remedyOn } from './native/library.ts'
import { tensorflowRemedy } from './tensorflow/locate.ts'
import { webGpuRemedy } from './webgpu/capabilities.ts'

export interface BackendFact {
  readonly name: BackendName
  readonly usable: boolean
  /** Why it does not start; absent where it does. */
  readonly reason?: string
  /** Measured on a product of two square matrices, in 10^9 additions and multiplications a second; absent where it does not start. */
  readonly gflops?: number
  /** A command that would make it usable; absent where it is, or where none would. */
  readonly remedy?: string
  /** What is to be known before it is taken; absent where there is nothing. */
  readonly note?: string
}

/** Side of the square matrices: large enough that a call's own cost does not count, small enough to be done in a moment. */
const sides: { readonly [name in BackendName]: number } = {
  reference: 96,
  cpu: 384,
  wasm: 768,
  tensorflow: 1024,
  onnxruntime: 1024,
  native: 1024,
  webgpu: 512,
}

const remedies: { readonly [name in BackendName]?: string } = {
  tensorflow: tensorflowRemedy,
  onnxruntime: 'npm install onnxruntime-node',
  native: remedyOn(process.platform),
}

/** Starts every backend, one after another, and measures it. Never throws: what fails is a fact. */
export async function backendFacts(): Promise<readonly BackendFact[]> {
  const facts: BackendFact[] = []
  for (const name of ['reference', 'cpu', 'wasm', 'tensorflow', 'onnxruntime', 'native', 'webgpu'] as const)
    facts.push(await factOf(name))
  return facts
}

async function factOf(name: BackendName): Promise<BackendFact> {
  try {
    return { name, usable: true, ...(await measured(name)) }
  } catch (error) {
    const reason = reasonOf(name, error)
    const remedy = name === 'webgpu' ? webGpuRemedy(reason, process.platform) : remedies[name]
    return { name, usable: false, reason, ...(remedy === undefined ? {} : { remedy }) }
  }
}

/** Why a backend does not start, in one line. */
export function reasonOf(name: RunnerName | 'auto', error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (name.startsWith('onnxruntime') && /cannot find (package|module)/i.test(text))
    return 'onnxruntime-node is not installed'
  return text.split('\n')[0] ?? text
}

function square(side: number): TensorType {
  return tensorType('f32', [
    { axis: 'row', size: side },
    { axis: 'column', size: side },
  ])
}

/** Best of several products of side x side matrices, in 10^9 additions and multiplications a second. Rejects where the backend does not start. */
export async function matrixSpeed(name: BackendName): Promise<number> {
  return (await measured(name)).gflops
}

async function measured(name: BackendName): Promise<{ readonly gflops: number; readonly note?: string }> {
  const runner = await createRunner(name)
  try {
    const side = sides[name]
    const builder = new Builder(ops)
    // One factor is an input: a product of two fixed ones would be computed once, before the first run.
    const product = builder.add(
      'contract',
      [builder.input('a', square(side)), builder.parameter('b', square(side))],
      {
        left: ['row', 'rank'],
        right: ['rank', 'column'],
        sum: ['rank'],
      },
    )
    const corner = builder.add('pick', [product], { axis: 'row', index: 0 })
    const graph = builder.finish('product', new Map([['corner', corner]]))
    const data = Float32Array.from({ length: side * side }, (_, i) => (i % 7) - 3)
    const request: RunRequest = {
      sizes: { B: 1, L: 1 },
      inputs: new Map([['a', { dtype: 'f32', shape: [side, side], data }]]),
      parameter: () => ({ shape: [side, side], data, version: 0 }),
      random: { seed: 0, stage: 'doctor', step: 0 },
    }
    let best = Infinity
    const started = performance.now()
    for (let n = 0; n < 40 && (n < 3 || performance.now() - started < 800); n++) {
      const before = performance.now()
      runner.run(graph, request)
      best = Math.min(best, performance.now() - before)
    }
    const { note } = runner
    return { gflops: (2 * side ** 3) / best / 1e6, ...(note === undefined ? {} : { note }) }
  } finally {
    runner.dispose()
  }
}
