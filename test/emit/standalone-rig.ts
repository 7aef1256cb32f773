/** Runs a stage by `distill train`, writes down what each step was given, and runs the standalone program on the same. */
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { createRunner } from '../../src/backends/index.ts'
import type { Program } from '../../src/check/program.ts'
import { shippedText } from '../../src/disk/shipped.ts'
import { emitStandalone } from '../../src/emit/standalone/emit.ts'
import { compileStage, compileTaps } from '../../src/lower/stage.ts'
import type { HostTensor, Runner, RunRequest } from '../../src/run/runner.ts'
import { ProgramData } from '../../src/train/program-data.ts'
import { Trainer } from '../../src/train/run.ts'
import { RunFolder } from '../../src/train/run-folder.ts'
import { root } from './rig.ts'

export interface Weight {
  readonly shape: number[]
  readonly data: Float32Array
}
export type Weights = Record<string, Weight>
type Nested = readonly (number | Nested)[]
export type MicroBatch = Readonly<Record<string, Nested>>

/** One stage of a run: what it began with, what it was given, and what came of it. */
export interface Recorded {
  readonly before: Weights
  readonly after: Weights
  /** Micro-batches by step. */
  readonly batches: MicroBatch[][]
  readonly totals: number[]
  readonly steps: number
  readonly stepsPerEpoch: number
}

export const seed = 3

/** Runs all stages with data, each for at most so many steps, and gives what one of them did. */
export async function recorded(
  program: Program,
  name: string,
  out: string,
  maxSteps: number,
): Promise<Recorded> {
  const stage = program.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(`no stage ${name}`)
  const own = await createRunner('cpu')
  const before: Weights = {}
  const after: Weights = {}
  const batches: MicroBatch[][] = []
  const totals: number[] = []
  const graphs = new Set<unknown>()
  let [steps, first] = [0, 0]
  const watched: Runner = {
    name: own.name,
    ...(own.capabilities === undefined ? {} : { capabilities: own.capabilities }),
    inspect: (...given) => own.inspect(...given),
    memory: () => own.memory(),
    dispose: () => own.dispose(),
    run: (graph, request) => {
      if (graphs.has(graph)) {
        const { step } = request.random
        if (batches.length === 0) for (const key of trainer.store.keys()) before[key] = weightOf(trainer, key)
        batches[step] = [...(batches[step] ?? []), plain(request)]
      }
      return own.run(graph, request)
    },
  }
  const folder = new RunFolder(out)
  const trainer = new Trainer({
    program,
    runner: watched,
    counter: await createRunner('reference'),
    data: new ProgramData(program, folder.tokenizers),
    compileStage: (all, one, options) => {
      // The step computes what the program does: nothing is computed once an example before it.
      const made = compileStage(all, one, { ...options, hoist: false })
      if (one.name === name) graphs.add(made.step)
      return made
    },
    compileTaps,
    folder,
    seed,
    maxSteps,
    randomWeights: true,
    observer: {
      step: ({ stage: own, step, total, loss }) => {
        if (own !== name) return
        totals.push(loss)
        ;[steps, first] = [total, step]
        // Later stages may train the same weights.
        for (const key of Object.keys(before)) after[key] = weightOf(trainer, key)
      },
    },
  })
  await trainer.run()
  own.dispose()
  if (first === 0) throw new Error('no step was made')
  return { before, after, batches, totals, steps, stepsPerEpoch: 0 }
}

function weightOf({ store }: Trainer, key: string): Weight {
  const { shape, data } = store.get(key)
  return { shape: [...shape], data: data.slice() }
}

/** A request's inputs as the program takes them: nested arrays, under the names of its type. */
function plain({ inputs }: RunRequest): MicroBatch {
  const given = [...inputs].filter(
    ([name]) => !/^(places|positions\..*|normaliser.*|progress|step|epoch)$/.test(name),
  )
  return Object.fromEntries(given.map(([name, value]) => [name.replace(/^batch\./, ''), nested(value)]))
}

function nested({ shape, data }: HostTensor): Nested {
  const [rows = 1, columns] = shape
  const all = Array.from(data)
  if (columns === undefined) return all
  return Array.from({ length: rows }, (_, i) => all.slice(i * columns, (i + 1) * columns))
}

export interface Standalone {
  train(options: {
    weights: Weights
    batches: Iterable<MicroBatch | readonly MicroBatch[]>
    steps: number
    stepsPerEpoch?: number
    seed?: number
    onStep?: (report: { step: number; total: number; terms: Record<string, number> }) => void
    signal?: AbortSignal
  }): Promise<Weights>
  readSafetensors(file: ArrayBuffer, model: string): Weights
}

/** A folder in which programs find TensorFlow.js. */
export function programFolder(): string {
  const home = mkdtempSync(join(tmpdir(), 'distill-standalone-'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  return home
}

/** The program of a stage, as JavaScript in a folder. */
export function writeProgram(
  program: Program,
  name: string,
  folder: string,
  as = name,
  memory?: number,
): string {
  const stage = program.stages.find((one) => one.name === name)
  if (stage === undefined) throw new Error(`no stage ${name}`)
  const text = emitStandalone(program, stage, { source: shippedText, memory })
  writeFileSync(join(folder, `${as}.ts`), text)
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  })
  const file = join(folder, `${as}.mjs`)
  writeFileSync(file, outputText)
  return file
}

export async function load(file: string): Promise<Standalone> {
  return import(/* @vite-ignore */ pathToFileURL(file).href)
}

/** What a program is given, as JSON. */
export function givenText({ before, batches, steps }: Recorded): string {
  const weights = Object.fromEntries(
    Object.entries(before).map(([path, { shape, data }]) => [path, { shape, data: [...data] }]),
  )
  return JSON.stringify({ weights, batches, steps, seed })
}

/**
 * How far weights are from those of the run, as a share of the way that these have come. Adam divides by roots of squares: where a gradient is
 * all rounding, its step has another direction.
 */
export function distanceOf(
  { before, after }: Recorded,
  weights: Readonly<Record<string, readonly number[]>>,
): number {
  let [difference, moved] = [0, 0]
  for (const [path, data] of Object.entries(weights))
    data.forEach((x, i) => {
      const wanted = after[path]?.data[i] ?? Number.NaN
      difference += (x - wanted) ** 2
      moved += (wanted - (before[path]?.data[i] ?? Number.NaN)) ** 2
    })
  return Math.sqrt(difference / moved)
}
