/**
 * What each optimization is worth: FLOPs, planned peak and time of whole training steps on wasm with all passes, with none, and with each one left out. `npm run
 * bench:passes` writes the tables into docs/optimizations.md; `-- --only demo,distilbert --seconds 10` measures some, for some seconds a stage, and prints them.
 * New passes appear by themselves.
 *
 * Steps are as `distill train` takes them, the update of the weights included, the feeding of data not. The ways take turns, and ratios are those of neighbours
 * in time: other work on the machine slows all of them. Each spec has a process of its own.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRunner } from '../src/backends/index.ts'
import type { Program, Stage } from '../src/check/program.ts'
import type { Batch } from '../src/data/dataset.ts'
import { graphFlops } from '../src/graph/cost.ts'
import { printGraph } from '../src/graph/print.ts'
import { compileStage, type StageGraphs } from '../src/lower/stage.ts'
import type { Passes } from '../src/lower/stage-options.ts'
import { pipeline } from '../src/optimize/pipeline.ts'
import { scheduleStep } from '../src/plan/plan.ts'
import { positionsOf } from '../src/run/positions.ts'
import type { Runner } from '../src/run/runner.ts'
import type { ParameterStore } from '../src/train/parameters.ts'
import { trainStep } from '../src/train/step.ts'
import type { OptimizerState } from '../src/train/update.ts'
import { batchOf, prepare, programOf, random } from '../test/lower/spec-run.ts'

interface Subject {
  readonly spec: string
  /** Where it is; specs/ where absent. */
  readonly folder?: string
  /** Lengths of the examples of the batch. */
  readonly lengths: readonly number[]
  readonly L: number
  readonly vocabulary: number
  readonly classes: number
  /** Of the seconds a stage. */
  readonly share: number
}

/** As the classic recipes have it: a third of each batch is padding. */
const four = { lengths: [10, 17, 25, 32], L: 32, vocabulary: 30000, share: 1 }
const subjects: readonly Subject[] = [
  // Its batches are of like lengths.
  {
    spec: 'demo',
    lengths: Array.from({ length: 32 }, (_, i) => 12 + ((i * 7) % 6)),
    L: 18,
    vocabulary: 8000,
    classes: 26,
    share: 0.15,
  },
  { spec: 'tinybert-4', ...four, classes: 2 },
  { spec: 'distilbert', ...four, classes: 2 },
  { spec: 'albert-base-e128-all', ...four, classes: 2 },
  // For passes that no published recipe has work for.
  { spec: 'low-rank', folder: 'bench/passes', ...four, classes: 2, share: 0.3 },
  { spec: 'ensemble', folder: 'bench/passes', ...four, classes: 2, share: 0.3 },
]

const maskedShare = 0.15
const [leastRounds, mostRounds] = [3, 100]

interface Way {
  readonly name: string
  readonly passes: Passes
}

/** With all passes first: what all others are compared with. */
const ways: readonly Way[] = [
  { name: 'all passes', passes: { disabled: new Set() } },
  { name: 'none', passes: 'none' },
  ...[...new Set(pipeline.map(({ name }) => name))].map(
    (name): Way => ({ name, passes: { disabled: new Set([name]) } }),
  ),
]

interface Figures {
  readonly flops: number
  readonly peak: number
  /** Milliseconds, the median of all rounds, and of the ratios to all passes. */
  readonly time: number
  readonly ratio: number
}

interface StageFigures {
  readonly stage: string
  readonly rounds: number
  /** By name of the way; none where leaving a pass out changes nothing. */
  readonly ways: { readonly [name: string]: Figures }
}

const root = new URL('..', import.meta.url).pathname
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2
}

/** A batch of a subject, so many of its tokens masked as masked language models have it. */
function batchFor({ lengths, L, vocabulary, classes }: Subject): Batch {
  const batch = batchOf(lengths, { vocabulary, classes, L })
  const isMasked = (i: number): boolean => {
    const place = i % L
    return place < (lengths[Math.floor(i / L)] ?? 0) && random(i * 977) < maskedShare
  }
  const count = lengths.length * L
  const shape = [lengths.length, L]
  const masked = Uint8Array.from({ length: count }, (_, i) => (isMasked(i) ? 1 : 0))
  const original = Int32Array.from({ length: count }, (_, i) =>
    isMasked(i) ? 5 + Math.floor(random(i) * (vocabulary - 5)) : -100,
  )
  const inputs = new Map(batch.inputs)
  inputs.set('masked', { dtype: 'bool', shape, data: masked })
  inputs.set('batch.original', { dtype: 'i32', shape, data: original })
  return { ...batch, inputs }
}

/** The batch with what frozen models say of it, as it is kept from the first epoch on. */
function completed(graphs: StageGraphs, batch: Batch, runner: Runner, store: ParameterStore): Batch {
  if (graphs.frozen === undefined) return batch
  const positions = positionsOf(batch.inputs, batch)
  const values = runner.run(graphs.frozen.graph, {
    sizes: positions.sizes,
    inputs: new Map([...batch.inputs, ...positions.inputs]),
    parameter: store.get,
    random: { seed: 0, stage: '', step: 0 },
  })
  return { ...batch, inputs: new Map([...batch.inputs, ...values]) }
}

/** What makes a difference to a run: the graph, whether it donates, where weights are updated. */
const identityOf = ({ step }: StageGraphs): string =>
  `${printGraph(step)} ${step.donates === true} ${step.keepsGradients === true}`

async function measureStage(
  program: Program,
  stage: Stage,
  subject: Subject,
  store: ParameterStore,
  seconds: number,
): Promise<StageFigures> {
  const { optimizer } = stage
  if (optimizer === undefined) throw new Error(`stage ${stage.name} has no optimizer`)
  const runner = await createRunner('wasm')
  const counter = await createRunner('reference')
  const batch = batchFor(subject)
  const { sizes } = positionsOf(batch.inputs, batch)
  const seen = new Set<string>()
  const different = ways.flatMap(({ name, passes }) => {
    const graphs = compileStage(program, stage, {
      passes,
      hoist: true,
      keepUnread: true,
      ...(runner.capabilities ? { capabilities: runner.capabilities } : {}),
    })
    const identity = identityOf(graphs)
    const isNew = !seen.has(identity)
    seen.add(identity)
    const given = isNew ? completed(graphs, batch, runner, store) : batch
    const times: number[] = []
    return isNew ? [{ name, graphs, batch: given, times }] : []
  })
  const state: OptimizerState = new Map()
  let steps = 0
  const run = ({ graphs, batch: given }: (typeof different)[number]): number => {
    const step = steps++
    const before = performance.now()
    trainStep(
      { stage, graphs, store, runner, counter },
      optimizer,
      state,
      [given],
      { seed: 0, stage: stage.name, step },
      { progress: 0.5, step, epoch: 0 },
    )
    return performance.now() - before
  }
  for (const way of different) run(way)
  const end = performance.now() + 1000 * seconds
  let rounds = 0
  let updated: boolean | undefined
  for (; rounds < mostRounds && (rounds < leastRounds || performance.now() < end); rounds++) {
    for (const k of different.keys()) {
      // Nobody is always the first.
      const way = different[(k + rounds) % different.length]
      if (way === undefined) continue
      // Weights and moments move to where they are updated: no part of a step that is like the one before it.
      if (way.graphs.step.keepsGradients !== updated) run(way)
      updated = way.graphs.step.keepsGradients
      way.times.push(run(way))
    }
  }
  const [all] = different
  const result = different.map(({ name, graphs, times }): [string, Figures] => [
    name,
    {
      flops: graphFlops(graphs.step, sizes),
      peak: scheduleStep(graphs.step, sizes).peak,
      time: median(times),
      ratio: median(times.map((time, i) => time / (all?.times[i] ?? Number.NaN))),
    },
  ])
  runner.dispose()
  say(
    `${subject.spec}, ${stage.name}: ${median(all?.times ?? []).toFixed(1)} ms, ${different.length} ways, ${rounds} rounds`,
  )
  return { stage: stage.name, rounds, ways: Object.fromEntries(result) }
}

/** In a process of its own: its figures on standard output. */
async function measureSpec(subject: Subject, seconds: number): Promise<void> {
  const program = programOf({ path: join(root, subject.folder ?? 'specs', `${subject.spec}.distill`) })
  const [first] = program.stages
  if (first === undefined) throw new Error(`${subject.spec} has no stage`)
  const { store } = prepare(program, first)
  const figures: StageFigures[] = []
  for (const stage of program.stages)
    figures.push(await measureStage(program, stage, subject, store, subject.share * seconds))
  process.stdout.write(JSON.stringify(figures))
}

interface Column {
  readonly title: string
  readonly figures: StageFigures
}

/** Rows are ways, columns stages: the figure itself with all passes, then what it is a multiple of that. */
function tableOf(
  columns: readonly Column[],
  value: (figures: Figures) => string,
  ratio: (figures: Figures, all: Figures) => number,
): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['', ...columns.map(({ title }) => title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...ways.map(({ name }, w) => {
      const cells = columns.map(({ figures }) => {
        const [own, all] = [figures.ways[name], figures.ways[ways[0]?.name ?? '']]
        if (own === undefined || all === undefined) return '='
        return w === 0 ? value(all) : ratio(own, all).toFixed(2)
      })
      return row([w < 2 ? name : `without \`${name}\``, ...cells])
    }),
  ]
}

const milliseconds = (n: number): string => `${n >= 100 ? n.toFixed(0) : n.toPrecision(3)} ms`
const operations = (n: number): string =>
  n >= 1e9 ? `${(n / 1e9).toPrecision(3)} G` : `${(n / 1e6).toFixed(0)} M`

function report(columns: readonly Column[], minutes: number): string {
  const rounds = columns.map(({ figures }) => figures.rounds)
  return [
    `Measured by \`npm run bench:passes\` on ${new Date().toISOString().slice(0, 10)}, in ${minutes.toFixed(0)} minutes: ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.version}, wasm.`,
    'The demo at 32 x 18 tokens, all others at published size and 4 x 32 tokens (lengths 10, 17, 25, 32), random weights, 15% of the tokens masked.',
    `Steps include the update of the weights. Values of teachers are cached as by \`hoist-frozen\` (any epoch but the first). Variants take turns, ${Math.min(...rounds)} to ${Math.max(...rounds)} rounds.`,
    'Times are medians, and ratios are medians of the ratios to all passes in the same round. The first line has the figure with all passes, the others multiples',
    'of it. `=` means that the step is the same without the pass.',
    '',
    '**Time of a step**',
    '',
    ...tableOf(
      columns,
      ({ time }) => milliseconds(time),
      ({ ratio }) => ratio,
    ),
    '',
    '**FLOPs of a step**, at the sizes of that batch',
    '',
    ...tableOf(
      columns,
      ({ flops }) => operations(flops),
      ({ flops }, all) => flops / all.flops,
    ),
    '',
    '**Peak of the values of a step** as planned (weights and moments apart)',
    '',
    ...tableOf(
      columns,
      ({ peak }) => `${(peak / 2 ** 20).toPrecision(3)} MiB`,
      ({ peak }, all) => peak / all.peak,
    ),
  ].join('\n')
}

const { values: flags } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string' }, child: { type: 'string' } },
})
const seconds = Number(flags.seconds ?? 130)
const child = subjects.find(({ spec }) => spec === flags.child)
if (child) await measureSpec(child, seconds)
else {
  const started = performance.now()
  const wanted = flags.only?.split(',')
  const columns = subjects
    .filter(({ spec }) => wanted?.includes(spec) ?? true)
    .flatMap(({ spec }) => {
      const script = fileURLToPath(import.meta.url)
      const output = execFileSync(
        process.execPath,
        [...process.execArgv, script, '--child', spec, '--seconds', String(seconds)],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 },
      )
      const figures: readonly StageFigures[] = JSON.parse(output)
      return figures.map((one) => ({ title: `${spec} ${one.stage}`, figures: one }))
    })
  const text = report(columns, (performance.now() - started) / 60_000)
  if (wanted) process.stdout.write(`${text}\n`)
  else {
    const page = join(root, 'docs/optimizations.md')
    const [before = '', after = ''] = readFileSync(page, 'utf8').split(/<!-- measured -->[\s\S]*<!-- end -->/)
    writeFileSync(page, `${before}<!-- measured -->\n${text}\n<!-- end -->${after}`)
  }
}
