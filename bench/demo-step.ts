/**
 * Time of the demo's training steps (forward and gradient), by op. `npx tsx bench/demo-step.ts [wasm|cpu|tensorflow] [repetitions]`. The machine's other work
 * counts, too: compare figures of one run only.
 */
import { cpuRunner } from '../src/backends/cpu/index.ts'
import { tensorflowRunner } from '../src/backends/tensorflow/index.ts'
import { wasmRunner } from '../src/backends/wasm/index.ts'
import type { Executor } from '../src/run/executor.ts'
import {
  type ClassifierSizes,
  classifierParameters,
  classifierRequest,
  classifierStep,
} from '../test/run/encoder-step.ts'

const common = { vocabulary: 8000, heads: 2, classes: 26, positions: 64, dropout: 0.1 }
const models: readonly (readonly [name: string, sizes: ClassifierSizes])[] = [
  ['teacher 2 x 128', { ...common, hidden: 128, layers: 2, inner: 512 }],
  ['student 1 x 48', { ...common, hidden: 48, layers: 1, inner: 192 }],
]
const batch = { B: 32, L: 15 }

const makers: { readonly [name: string]: () => Promise<Executor> } = {
  cpu: cpuRunner,
  wasm: wasmRunner,
  tensorflow: tensorflowRunner,
}
const [backend = 'wasm', repetitions = '40'] = process.argv.slice(2)
const runner = await makers[backend]?.()
if (runner === undefined) throw new Error(`no backend ${backend}`)

for (const [name, sizes] of models) {
  const step = classifierStep(sizes)
  let parameters = classifierParameters(step)
  let best = Number.POSITIVE_INFINITY
  let processor = 0
  const byOp = new Map<string, { calls: number; best: number }>()
  for (let n = -20; n < Number(repetitions); n++) {
    parameters = new Map([...parameters].map(([key, p]) => [key, { ...p, version: p.version + 1 }]))
    const request = classifierRequest(sizes, parameters, batch, n)
    const used = process.cpuUsage()
    const before = performance.now()
    runner.run(step.graph, request)
    const after = performance.now()
    if (n >= 0) {
      best = Math.min(best, after - before)
      processor += process.cpuUsage(used).user / 1000
    }
    for (const { op, calls, milliseconds } of runner.profile(step.graph, request))
      byOp.set(op, { calls, best: Math.min(milliseconds, byOp.get(op)?.best ?? Number.POSITIVE_INFINITY) })
  }
  const title = `${name} on ${backend}, batch ${batch.B} x ${batch.L}, ${step.graph.nodes.length} nodes`
  console.log(
    `\n${title}: best ${best.toFixed(1)} ms a step, ${(processor / Number(repetitions)).toFixed(1)} ms of processor time`,
  )
  const slowest = [...byOp].sort((a, b) => b[1].best - a[1].best)
  const sum = slowest.reduce((total, [, time]) => total + time.best, 0)
  console.log(`  ${'all ops, each at its best'.padEnd(30)} ${sum.toFixed(2).padStart(19)} ms`)
  for (const [op, time] of slowest.slice(0, 18))
    console.log(
      `  ${op.padEnd(30)} ${String(time.calls).padStart(4)} calls ${time.best.toFixed(2).padStart(8)} ms`,
    )
}
runner.dispose()
