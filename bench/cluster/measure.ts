/** What the cost model needs of this machine: real steps and updates on its backend, memory, and two ranks. */
import { resolve } from 'node:path'
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import { alone } from '../../src/cluster/cluster.ts'
import { Division } from '../../src/cluster/division.ts'
import { launcherFacts } from '../../src/cluster/probe.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { addInPlace } from '../../src/run/plain-update.ts'
import type { Runner } from '../../src/run/runner.ts'
import { addUp, gradientSums } from '../../src/train/gradients.ts'
import { Initialiser } from '../../src/train/initialise.ts'
import { ParameterStore } from '../../src/train/parameters.ts'
import { trainStep } from '../../src/train/step.ts'
import type { OptimizerState } from '../../src/train/update.ts'
import { batchOf, drawnStore } from '../../test/lower/spec-run.ts'
import type { Memory, Network } from './cost-model.ts'
import { type Model, type Speed, stageOf } from './jobs.ts'

/** Of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

function secondsOf(run: () => void): number {
  const since = performance.now()
  run()
  return (performance.now() - since) / 1000
}

const moment = { progress: 0.5, step: 1, epoch: 0 }

/** Arrays that no cache holds. */
const floats = 2 ** 24
const repetitions = 9

export async function memoryOf(backend: BackendName, updated: Model): Promise<Memory> {
  const [numbers, others] = [new Float32Array(floats).fill(1), new Float32Array(floats).fill(2)]
  const speedOf = (run: () => void): number =>
    numbers.byteLength / median(Array.from({ length: repetitions }, () => secondsOf(run)))
  return {
    copying: speedOf(() => new Float32Array(floats).set(numbers)),
    adding: speedOf(() => addInPlace(numbers, others)),
    updating: await updateSpeed(backend, updated),
  }
}

/** Bytes of gradients a second, of the norm and the update of all weights that a stage trains. */
async function updateSpeed(backend: BackendName, model: Model): Promise<number> {
  const { program, stage } = stageOf(model)
  const { optimizer } = stage
  if (optimizer === undefined) throw new Error(`${stage.name} has no optimizer`)
  const runner = await createRunner(backend)
  const graphs = compileStage(program, stage, { capabilities: runner.capabilities ?? new Set() })
  const store = new ParameterStore()
  const initialiser = new Initialiser(program, store, { seed: 0, randomWeights: true })
  const owners = new Set(stage.trained.map((key) => key.replace(/[.[].*$/s, '')))
  for (const name of program.instances.keys()) if (owners.has(name)) initialiser.instance(name)
  for (const projection of program.projections.values()) initialiser.projection(projection)
  const state: OptimizerState = new Map()
  const division = new Division(alone, 2)
  const times = Array.from({ length: repetitions }, () => {
    const sums = gradientSums(stage.trained, graphs.step, runner, optimizer)
    addUp({ stage, graphs, store, runner, division }, [], sums)
    return secondsOf(() => sums.update(optimizer, { store, state, moment }, sums.norm()))
  })
  const weights = stage.trained.flatMap((key) => store.get(key).shape.reduce((product, n) => product * n, 1))
  runner.dispose()
  return (4 * weights.reduce((sum, n) => sum + n, 0)) / median(times.slice(1))
}

/** Ids and classes that every vocabulary and every head has. */
const inEvery = { vocabulary: 1000, classes: 2 }
/** Steps, or as many as fit into so many seconds. */
const [fewest, most, patience] = [4, 40, 20]

/** Steps of one micro-batch with drawn weights, update included. */
export async function stepSpeed(backend: BackendName, model: Model): Promise<Speed> {
  const { program, stage } = stageOf(model)
  const { optimizer } = stage
  if (optimizer === undefined) throw new Error(`${stage.name} has no optimizer`)
  const runner: Runner = await createRunner(backend)
  const counter = await createRunner('reference')
  const graphs = compileStage(program, stage, { capabilities: runner.capabilities ?? new Set() })
  const context = { program, stage, graphs, store: drawnStore(program), runner, counter }
  const { examples, tokens } = 'seconds' in model.speed ? model.speed : { examples: 32, tokens: 128 }
  // In parts, as a run takes such a batch (docs/performance.md).
  const part = examples * tokens > 2048 ? examples / 4 : examples
  const parts = Array.from({ length: examples / part }, () =>
    batchOf(
      Array.from({ length: part }, () => tokens),
      { ...inEvery, L: tokens },
    ),
  )
  const state: OptimizerState = new Map()
  const times: number[] = []
  const since = performance.now()
  for (let step = 0; step < most; step++) {
    if (step >= fewest && performance.now() - since > 1000 * patience) break
    const random = { seed: 0, stage: stage.name, step }
    times.push(secondsOf(() => trainStep(context, optimizer, state, parts, random, { ...moment, step })))
  }
  runner.dispose()
  counter.dispose()
  return { seconds: median(times.slice(times.length >> 2)), examples, tokens }
}

/** Two ranks on this machine; undefined where no launcher starts them. */
export function networkHere({ adding }: Pick<Memory, 'adding'>): Network | undefined {
  const measured = launcherFacts(resolve('dist/distill.js')).find((one) => one.measured)?.measured
  if (measured === undefined) return undefined
  // Between two ranks as many bytes travel as are summed, half of them in each of two rounds. Each adds up half.
  const seconds = 1 / measured.speed - 0.5 / adding
  return {
    name: 'here',
    // An exchange is two rounds of messages.
    latency: measured.latency / 1e6 / 2,
    bandwidth: 1 / Math.max(seconds, 0.1 / measured.speed),
  }
}
