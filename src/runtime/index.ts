/**
 * `distill/runtime`: the library of programs written by `distill compile --emit trainer`. Data, initial
 * weights, optimizers, checkpoints and scores are those of `distill train`; the program itself computes the
 * steps.
 */
import { existsSync } from 'node:fs'
import type { Graph } from '../graph/graph.ts'
import type { StageGraphs, TokensAtOnce } from '../lower/stage.ts'
import type { FrozenPart } from '../optimize/pass.ts'
import type { Runner, Updater } from '../run/runner.ts'
import { ProgramData } from '../train/program-data.ts'
import { Trainer } from '../train/run.ts'
import { RunFolder } from '../train/run-folder.ts'
import type { TrainOutcome } from '../train/train-options.ts'
import { openMachine, type TensorFlow } from './machines.ts'
import { type FrozenSteps, programOf, type TrainerProgram } from './program.ts'
import { referenceMachine } from './reference-machine.ts'
import { typeOf } from './types.ts'
import type { Machine, Step } from './value.ts'

export type { TrainerModel, TrainerParameter, TrainerProgram } from './program.ts'
export type { Kernels, Operand, Step, Value } from './value.ts'
export { byLayer, copied, keysOf, normal, weights } from './weights.ts'

/**
 * The functions of a stage: one micro-batch with its gradients, and the counts that its `normaliser[k]` are
 * the inverses of.
 */
export interface StageSteps {
  readonly step: Step
  readonly counts: Step
  readonly normalisers: number
  /** Whether they follow from how far a batch is padded; absent: no. */
  readonly readsPadding?: boolean
  /** The values of frozen models for an example, if the step reads them. */
  readonly frozen?: FrozenSteps
  readonly tokensAtOnce?: TokensAtOnce
}

export interface TrainerSteps {
  readonly stages: { readonly [stage: string]: StageSteps }
  /** Of `MODEL PATH`, of a span `MODEL PATH PATH`: what scores read. */
  readonly taps: { readonly [tap: string]: Step }
}

export interface TrainerOptions {
  /** TensorFlow.js with the backend registered; loaded where absent. */
  readonly tf?: TensorFlow
  /** reference, cpu or wasm (default). */
  readonly backend?: string
  /** Of initial weights, order and dropout. */
  readonly seed?: number
  /** The folder of the run: checkpoints, metrics, trained models. */
  readonly out?: string
  /** At most so many steps a stage. */
  readonly maxSteps?: number
  /** Draws what checkpoints would give. */
  readonly randomWeights?: boolean
  /** Goes on from the last checkpoint in `out`. */
  readonly resume?: boolean
  /** Told of each step and score, a line each. */
  readonly report?: (line: string) => void
}

/**
 * `--backend NAME --seed N --out FOLDER --max-steps N --random-weights --resume`. Throws for anything else.
 */
export function optionsFrom(words: readonly string[]): TrainerOptions {
  let options: TrainerOptions = {}
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--random-weights') options = { ...options, randomWeights: true }
    else if (word === '--resume') options = { ...options, resume: true }
    else {
      const value = rest.shift()
      if (value === undefined) throw new Error(`${word}: not an option, or a value is missing`)
      options = { ...options, ...optionOf(word, value) }
    }
  }
  return options
}

function optionOf(word: string, value: string): TrainerOptions {
  const number = Number(value)
  if (word === '--backend') return { backend: value }
  if (word === '--out') return { out: value }
  const whole = Number.isInteger(number) && number >= 0
  if (word === '--seed' && whole) return { seed: number }
  if (word === '--max-steps' && whole) return { maxSteps: number }
  throw new Error(`${word} ${value}: no such option, or not a whole number`)
}

/**
 * Trains the stages of a program, in order. The same numbers as `distill train`, bit for bit on the same
 * backend.
 */
export async function train(
  plain: TrainerProgram,
  steps: TrainerSteps,
  options: TrainerOptions = {},
): Promise<TrainOutcome> {
  const program = programOf(plain)
  const { seed = 0, report = () => {}, maxSteps, randomWeights = false } = options
  const machine = await openMachine(options.backend ?? 'wasm', options.tf)
  const registry = new Registry()
  const folder = new RunFolder(options.out ?? `${plain.file.replace(/\.distill$/, '')}.run`)
  if (!options.resume && (folder.exists || existsSync(folder.last)))
    throw new Error(`${folder.path} holds a run: name another folder with --out, or give --resume`)
  const interrupt = listenForInterrupt()
  try {
    const trainer = new Trainer({
      program,
      runner: registry.runner(machine),
      counter: registry.runner(referenceMachine()),
      data: new ProgramData(program, folder.tokenizers),
      compileStage: (_, stage) => registry.stage(stage.name, steps),
      compileTaps: (_, instance, paths) => {
        const key = [instance, ...paths].join(' ')
        return registry.token(key, steps.taps[key])
      },
      folder,
      seed,
      randomWeights,
      ...(maxSteps === undefined ? {} : { maxSteps }),
      interrupted: () => interrupt.asked,
      observer: {
        note: report,
        step: ({ stage, step, total, loss, terms, norm, rate }) => {
          const values = [...terms].map(([name, value]) => `${name} ${value}`).join('  ')
          report(`${stage} ${step}/${total}  loss ${loss}  ${values}  |g| ${norm}  rate ${rate}`)
        },
        frozen: ({ models, done, total, bytes }) => {
          if (done === total) report(`${models.join(', ')}: ${total} examples kept, ${bytes} bytes`)
        },
        scored: ({ score }) => report(scoreText(score.model, score.values)),
        teacher: ({ model, values }) => report(scoreText(model, values)),
      },
    })
    if (options.resume) trainer.resume()
    const outcome = await trainer.run()
    if (outcome.kind === 'interrupted')
      report(`stopped before step ${outcome.step + 1} of ${outcome.stage}; --resume goes on`)
    return outcome
  } finally {
    interrupt.forget()
    machine.dispose()
  }
}

/** The first Ctrl-C saves and stops, a second one quits at once. */
function listenForInterrupt(): { readonly asked: boolean; forget(): void } {
  const state = { asked: false, forget: () => void process.off('SIGINT', listener) }
  const listener = (): void => {
    state.asked = true
    state.forget()
  }
  process.on('SIGINT', listener)
  return state
}

function scoreText(model: string, values: ReadonlyMap<string, number>): string {
  return `${model}  ${[...values].map(([name, value]) => `${name} ${value}`).join('  ')}`
}

/** The trainer refers to graphs. Here these are empty objects, each for a function of the program. */
class Registry {
  private readonly steps = new Map<Graph, Step>()

  token(name: string, step: Step | undefined): Graph {
    if (step === undefined) throw new Error(`the program has no function for ${name}`)
    const token: Graph = { name, nodes: [], outputs: new Map(), keepsGradients: true }
    this.steps.set(token, step)
    return token
  }

  stage(name: string, { stages }: TrainerSteps): StageGraphs {
    const own = stages[name]
    const step = this.token(name, own?.step)
    const counts = this.token(`${name} counts`, own?.counts)
    const frozen = own?.frozen && this.frozen(name, own.frozen)
    return {
      step,
      forward: step,
      written: step,
      counts,
      normalisers: own?.normalisers ?? 0,
      readsPadding: own?.readsPadding ?? false,
      ...(frozen ? { frozen } : {}),
      ...(own?.tokensAtOnce ? { tokensAtOnce: own.tokensAtOnce } : {}),
      names: new Map(),
      applied: [],
      times: { begun: 0, lowered: 0, differentiates: { begins: 0, ms: 0 } },
    }
  }

  private frozen(name: string, { step, values, ...rest }: FrozenSteps): FrozenPart {
    return {
      ...rest,
      graph: this.token(`${name} frozen`, step),
      values: values.map(({ axes, padded }, k) => ({
        name: `hoisted[${k}]`,
        dimensions: typeOf('f32', axes).dimensions,
        padded,
      })),
    }
  }

  runner(machine: Machine): Runner {
    const { updater } = machine
    return {
      name: machine.name,
      run: (graph, request) => machine.run(this.stepOf(graph), request),
      inspect: () => {},
      dropCopies: (parameters) => machine.dropCopies?.(parameters),
      memory: () => machine.memory(),
      dispose: () => machine.dispose(),
      ...(updater ? { updater: this.updater(updater) } : {}),
    }
  }

  private updater(updater: Updater<Step>): Updater {
    return {
      supports: (rule) => updater.supports(rule),
      accumulate: (graph, request, gradients) => updater.accumulate(this.stepOf(graph), request, gradients),
      squares: () => updater.squares(),
      gradient: (name) => updater.gradient(name),
      replaceGradients: (gradients) => updater.replaceGradients(gradients),
      update: (updates) => updater.update(updates),
      discard: () => updater.discard(),
    }
  }

  private stepOf(graph: Graph): Step {
    const step = this.steps.get(graph)
    if (step === undefined) throw new Error(`no function for ${graph.name}`)
    return step
  }
}
