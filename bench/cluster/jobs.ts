/** The steps that the cost model is asked about: stages of the shipped specs, counted by the compiler. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BackendName, capabilitiesOf } from '../../src/backends/index.ts'
import type { Program, Stage } from '../../src/check/program.ts'
import { filesOf } from '../../src/check/splits.ts'
import { Shards } from '../../src/cluster/shards.ts'
import { graphWork } from '../../src/graph/cost.ts'
import { examplesAtOnce } from '../../src/graph/examples-at-once.ts'
import { compileStage, type StageGraphs } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { programOf } from '../../test/lower/spec-run.ts'
import type { Job, Memory } from './cost-model.ts'

const root = new URL('../..', import.meta.url).pathname

/** What a micro-batch, or several, took on one rank; or how many tokens a second it trains. */
export type Speed =
  | { readonly seconds: number; readonly examples: number; readonly tokens: number }
  | { readonly tokensPerSecond: number }

export interface Model {
  readonly title: string
  readonly spec: string
  readonly stage: string
  /** Tokens of a text, where most texts are shorter than the longest that the spec allows. */
  readonly length?: number
  /** Measured on two cores of an AMD EPYC: docs/performance.md. */
  readonly speed: Speed
  /** Whether `--measure` times its steps. */
  readonly isSmall?: boolean
}

export const models: Readonly<Record<string, Model>> = {
  demo: {
    title: "the demo's teacher",
    spec: 'demo',
    stage: 'learn',
    length: 18,
    speed: { seconds: 0.0691, examples: 32, tokens: 18 },
    isSmall: true,
  },
  tinybert: {
    title: 'TinyBERT-4',
    spec: 'tinybert-4',
    stage: 'general',
    speed: { seconds: 2.05, examples: 32, tokens: 128 },
    isSmall: true,
  },
  distilbert: {
    title: 'DistilBERT',
    spec: 'distilbert',
    stage: 'pretrain',
    speed: { seconds: 3.3, examples: 16, tokens: 128 },
  },
  albert: {
    title: 'ALBERT-base',
    spec: 'albert-base-e128-all',
    stage: 'pretrain',
    speed: { seconds: 2.46, examples: 16, tokens: 128 },
  },
}

export interface Counted {
  readonly program: Program
  readonly stage: Stage
  readonly graphs: StageGraphs
  readonly weights: number
  readonly most: Job['most']
  readonly length: number
}

export function stageOf({
  spec,
  stage: name,
}: Pick<Model, 'spec' | 'stage'>): Pick<Counted, 'program' | 'stage'> {
  const program = programOf({ path: join(root, 'specs', `${spec}.distill`) })
  const stage = program.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(`no stage ${name} in ${spec}`)
  return { program, stage }
}

/** As `distill train` compiles it. What frozen models compute is part of a step: it was in what was measured. */
export async function count(model: Model, backend: BackendName = 'native'): Promise<Counted> {
  const { program, stage } = stageOf(model)
  const graphs = compileStage(program, stage, { hoist: true, capabilities: await capabilitiesOf(backend) })
  const trained = new Set(stage.trained)
  const sizes = new Map<string, number>()
  for (const { op, attributes, type } of graphs.step.nodes)
    if (op === 'parameter' && trained.has(String(attributes.name)))
      sizes.set(
        String(attributes.name),
        type.dimensions.reduce((product, { size }) => product * (typeof size === 'number' ? size : 1), 1),
      )
  const weights = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const length = model.length ?? stageSizes(program, stage).L
  // In the order of the stage, in which the ranks divide them.
  const inOrder = new Map(stage.trained.map((key): [string, number] => [key, sizes.get(key) ?? 0]))
  const most: Job['most'] = (ranks) => {
    const { ranges, isDivided } = new Shards(inOrder, ranks)
    const added = Math.max(...ranges.map(([from, end]) => end - from))
    return { added, updated: isDivided ? added : weights }
  }
  return { program, stage, graphs, weights, most, length }
}

/**
 * @param speed of one rank
 * @param memory by which the update is taken out of what was measured
 */
export function jobOf(
  { program, stage, graphs, weights, most, length }: Counted,
  speed: Speed,
  memory: Memory,
): Job {
  const tokens = graphs.tokensAtOnce?.withFrozen
  const work = (examples: number, L = length): number => {
    const sizes = stageSizes(program, stage, { B: examples, L })
    const frozen = graphs.frozen === undefined ? 0 : graphWork(graphs.frozen.graph, sizes)
    return graphWork(graphs.step, sizes) + frozen
  }
  const inParts = (examples: number, L: number): number => {
    const size = examplesAtOnce({ B: examples, L }, tokens)
    return (examples / size) * work(size, L)
  }
  const { batch, microbatch = batch } = stage
  const update = (4 * weights) / memory.updating
  const step = 'seconds' in speed ? speed.seconds : (batch * length) / speed.tokensPerSecond
  const done =
    'seconds' in speed
      ? inParts(speed.examples, speed.tokens)
      : (batch / microbatch) * inParts(microbatch, length)
  const workPerSecond = done / Math.max(step - update, step / 10)
  return {
    ...{ batch, microbatch, length, tokens, weights, most },
    normalise: stage.normalise,
    counts: graphs.normalisers > 0,
    seconds: (examples) => work(examples) / workPerSecond,
    evaluation: evaluationWork({ program, stage, graphs, length }) / workPerSecond,
  }
}

/** Of all evaluations, for a step. None where the data is not there to be counted. */
function evaluationWork({ program, stage, graphs, length }: Omit<Counted, 'weights' | 'most'>): number {
  const spec = program.data.get(stage.data ?? '')
  if (stage.evaluate.length === 0 || spec === undefined) return 0
  const split = filesOf(spec, 'validation').length > 0 ? 'validation' : 'test'
  if ([...filesOf(spec, 'train'), ...filesOf(spec, split)].some(({ path }) => !existsSync(path))) return 0
  const { splits } = new ProgramData(program).dataset(spec.name)
  const examplesOf = (name: 'train' | typeof split): number => splits.get(name)?.length ?? 0
  const every = stage.every ?? Math.ceil(examplesOf('train') / stage.batch)
  const forward = graphWork(graphs.forward, stageSizes(program, stage, { B: stage.batch, L: length }))
  return ((examplesOf(split) / stage.batch) * forward) / every
}
