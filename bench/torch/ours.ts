/**
 * Training steps of one of the specs beside this file, timed: what steps.py is compared with. Prints one line of JSON.
 *
 *   tsx bench/torch/ours.ts tinybert --batch 32 --length 128 --backend onnxruntime --steps 5
 */
import { parseArgs } from 'node:util'
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import { splitMicrobatches } from '../../src/data/batching.ts'
import { nodeFlops } from '../../src/graph/cost.ts'
import { examplesAtOnce } from '../../src/graph/examples-at-once.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { trainStep } from '../../src/train/step.ts'
import { stepInputs } from '../../src/train/step-inputs.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { prepare, programOf } from '../../test/lower/spec-run.ts'
import { fullBatch } from './batch.ts'
import { cases } from './cases.ts'
import { inPrecision, precisionOptions } from './precision.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string' },
    length: { type: 'string' },
    steps: { type: 'string', default: '5' },
    backend: { type: 'string', default: 'onnxruntime' },
    ...precisionOptions,
  },
})
const name = positionals[0] ?? ''
const found = cases[name]
if (found?.kind !== 'step') throw new Error(`no case ${name}`)
const { spec, stage: stageName } = found
const B = Number(values.batch ?? found.batch)
const L = Number(values.length ?? found.length)

const program = inPrecision(
  programOf({ path: new URL(`../torch/${spec}.distill`, import.meta.url).pathname }),
  values,
)
const stage = program.stages.find((one) => one.name === stageName)
if (stage?.optimizer === undefined) throw new Error(`no stage ${stageName}`)
const runner = await createRunner(values.backend as BackendName)
const counter = await createRunner('reference')
const { store } = prepare(program, stage, runner)
// The loops compute their teacher in every step: so do we. Else it is compiled as for a run over data.
const graphs = compileStage(program, stage, {
  passes: { disabled: new Set(['hoist-frozen']) },
  hoist: true,
  capabilities: runner.capabilities ?? new Set(),
})

const whole = fullBatch(found, { B, L })
const batches = splitMicrobatches(whole, examplesAtOnce(whole, graphs.tokensAtOnce?.step))
const state: OptimizerState = new Map()
const context = { stage, graphs, store, runner, counter }
const times: number[] = []
let loss = Number.NaN
for (let step = 0; step <= Number(values.steps); step++) {
  const before = performance.now()
  const result = trainStep(
    context,
    stage.optimizer,
    state,
    batches,
    { seed: 0, stage: stage.name, step },
    {
      progress: 0,
      step,
      epoch: 0,
    },
  )
  // the first one compiles and warms up
  if (step > 0) times.push((performance.now() - before) / 1000)
  loss = result.total
}
times.sort((a, b) => a - b)
const { sizes } = stepInputs(whole, [], { progress: 0, step: 0, epoch: 0 })
const products: Record<string, number> = {}
for (const node of graphs.step.nodes) {
  if (!/^(contract|linear)/.test(node.op)) continue
  const precision = String(node.attributes.precision ?? 'float32')
  products[precision] = (products[precision] ?? 0) + nodeFlops(node, sizes)
}
const peak = process.resourceUsage().maxRSS * 1024
process.stdout.write(
  `${JSON.stringify({ which: name, backend: runner.name, seconds_per_step: times[times.length >> 1], loss, product_flops: products, peak_bytes: peak })}\n`,
)
runner.dispose()
process.exit(0)
