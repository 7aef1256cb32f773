/** A trained model of a run, or the model of a folder that transformers loads, ready to predict. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import { describeRunner } from '../backends/auto.ts'
import { checkText } from '../check/check-text.ts'
import { headOutputs, suits } from '../check/head-outputs.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import type { TaskKind } from '../check/task-kinds.ts'
import type { HeadOutput } from '../check/tasks.ts'
import { readJson } from '../data/tokenizer/read-json.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder } from '../diagnostics/messages/command-line.ts'
import { missingHead, unreadableInputLine } from '../diagnostics/messages/runs.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { newSpec } from '../huggingface/new-spec.ts'
import { compileTaps } from '../lower/stage.ts'
import type { Runner } from '../run/runner.ts'
import { Evaluator } from '../train/evaluate.ts'
import type { ParameterStore } from '../train/parameters.ts'
import { ProgramData } from '../train/program-data.ts'
import { dataOfHead } from '../train/tasks/data-of-head.ts'
import { tasks } from '../train/tasks/index.ts'
import type { Line, Prediction } from '../train/tasks/prediction.ts'
import type { LinePredictor } from '../train/tasks/task.ts'
import { latestTrainedFirst, trainedWeights } from '../train/trained-model.ts'
import { openRunners } from './backends.ts'
import { withSources } from './distill-error.ts'
import { openRun, requireName } from './open-run.ts'

export interface LoadOptions {
  /** The model (default: the one that the last stage trained). */
  readonly model?: string | undefined
  /** Its head (default: the first one that its data has labels for). */
  readonly head?: string | undefined
  /** Weights of a checkpoint of the run, such as `last` (default: the weights that the model kept). */
  readonly checkpoint?: string | undefined
  /** `auto` (the default) is the fastest that starts here. */
  readonly backend?: string | undefined
  /** Told why a faster backend does not start. */
  readonly onNote?: ((text: string) => void) | undefined
}

/** A text; or two texts, as a model of pairs reads them; or a question and the context with its answer. */
export type Text = string | readonly [string, string]

/** Texts that the model reads at once. */
const together = 64

interface Parts {
  readonly output: HeadOutput
  readonly predictor: LinePredictor
  readonly runner: Runner
  readonly maxLength: number
  readonly takesPairs: boolean
}

export class LoadedModel {
  /** Names of the model and of the head that answers. */
  readonly model: string
  readonly head: string
  readonly kind: TaskKind
  /** The names behind the probabilities of a prediction, in order; empty if it has none. */
  readonly labels: readonly string[]
  /** Tokens of a text that the model reads. */
  readonly maxLength: number
  /** `native (oneDNN 3.6, 2 threads)` */
  readonly backend: string
  private readonly parts: Parts
  private disposed = false

  constructor(parts: Parts) {
    const { output, predictor, runner, maxLength } = parts
    this.parts = parts
    this.model = output.instance.name
    this.head = output.head
    this.kind = output.kind
    this.labels = predictor.labels
    this.maxLength = maxLength
    this.backend = describeRunner(runner)
  }

  /**
   * One prediction for each text, in order.
   * @throws DistillError E0826 for a text that the model cannot read
   */
  async predict(texts: readonly Text[]): Promise<readonly Prediction[]> {
    const lines = texts.map((text, k): Line => {
      const number = k + 1
      return typeof text === 'string' ? { text, number } : { text: text.join('\t'), pair: text, number }
    })
    const predictions: Prediction[] = []
    for (let from = 0; from < lines.length; from += together) {
      const some = lines.slice(from, from + together)
      predictions.push(...(await withSources(new Map(), () => this.predictLines(some))))
      // Lets the rest of the program run.
      await new Promise(setImmediate)
    }
    return predictions
  }

  /** @throws DiagnosticError E0826 for a line that the model cannot read, before any of them is answered */
  predictLines(lines: readonly Line[]): readonly Prediction[] {
    if (this.disposed) throw new Error('the model was disposed')
    const { predictor, takesPairs } = this.parts
    const pair = lines.find((line) => line.pair !== undefined)
    if (pair && !takesPairs) {
      const help = 'its data has one text a row'
      throw new DiagnosticError(
        unreadableInputLine({
          line: pair.number,
          problem: `has two texts, and ${this.model} reads one`,
          help,
        }),
      )
    }
    return predictor.predict(lines)
  }

  /** Frees the weights and stops the backend. */
  dispose(): void {
    if (!this.disposed) this.parts.runner.dispose()
    this.disposed = true
  }
}

/** Where a model and its weights come from. */
interface Source {
  readonly program: Program
  /** The folder of vocabularies that the run trained. */
  readonly tokenizers?: string
  /** The model by default first. */
  readonly models: readonly [ModelInstance, ...ModelInstance[]]
  readonly weights: (instance: ModelInstance) => ParameterStore
  /** A class of transformers reads as many tokens as it has positions, and pairs too. */
  readonly isClass: boolean
}

/**
 * @param place the folder of a run, or a folder of transformers
 * @throws DistillError for a folder that is neither, an unfinished run, and a model, head or checkpoint that
 * is not there
 */
export async function loadModel(place: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const source = await withSources(new Map(), () =>
    isTransformersFolder(place) ? sourceOfFolder(place) : sourceOfRun(place, options.checkpoint),
  )
  return withSources(source.program.sources, () => load(source, options))
}

/** A run has a config.json too. */
function isTransformersFolder(place: string): boolean {
  const config = readJson(path.join(place, 'config.json'))
  return typeof config === 'object' && config !== null && 'model_type' in config
}

function sourceOfRun(place: string, checkpoint: string | undefined): Source {
  const { program, folder, config } = openRun(place, checkpoint)
  return {
    program,
    tokenizers: folder.tokenizers,
    models: latestTrainedFirst(program, folder),
    weights: ({ name }) => trainedWeights(program, [name], config, folder, checkpoint),
    isClass: false,
  }
}

/** Throws E1107 for a folder that has a model as ONNX alone. */
function requireTensors(place: string): void {
  const has = (name: string): boolean => existsSync(path.join(place, name))
  if (!has('onnx') || has('model.safetensors')) return
  const problem = 'has its model as ONNX alone'
  const help =
    'name the run that it was exported from, or run onnx/model.onnx by ONNX Runtime or transformers.js'
  throw new DiagnosticError(notARunFolder({ path: place, problem, help }))
}

/** The teacher of the spec that `distill new` would write for the folder. */
function sourceOfFolder(place: string): Source {
  requireTensors(place)
  const file = path.join(place, 'model.distill')
  const { program } = checkText(path.resolve(file), newSpec(place, file).text, filesOnDisk)
  const teacher = program?.instances.get('T')
  if (program === undefined || teacher === undefined)
    throw new Error(`${place}: a new spec without a teacher`)
  return {
    program,
    models: [teacher],
    weights: ({ name }) => trainedWeights(program, [name], { seed: 0, randomWeights: false }),
    isClass: true,
  }
}

async function load(
  source: Source,
  { model, head, backend = 'auto', onNote }: LoadOptions,
): Promise<LoadedModel> {
  const { program, isClass } = source
  const output = chooseHead(source, model, head)
  const { instance, kind } = output
  const own = dataOfHead(program, output)
  if (!own) throw noHead(instance)
  const positions = isClass && kind !== 'span' ? instance.settings.get('positions') : undefined
  const data = positions === undefined ? own : { ...own, maxLength: positions }
  const { runner } = await openRunners(backend, onNote ? { note: onNote } : {})
  try {
    const provider = new ProgramData(program, source.tokenizers)
    const store = source.weights(instance)
    const evaluator = new Evaluator({ program, store, runner, data: provider, compileTaps })
    const predictor = tasks[kind].predictor({
      output,
      data,
      tokenizer: provider.tokenizers.of(own),
      run: (batch) => evaluator.answerValues(output, batch),
    })
    if (!predictor) throw noHead(instance)
    const takesPairs =
      kind === 'span' || data.text.kind === 'pair' || (isClass && kind !== 'tags' && kind !== 'masked')
    return new LoadedModel({ output, predictor, runner, maxLength: data.maxLength, takesPairs })
  } catch (error) {
    runner.dispose()
    throw error
  }
}

/** The head that answers: of the model given, otherwise of the last trained model that has one. */
function chooseHead(
  { program, models }: Source,
  model: string | undefined,
  head: string | undefined,
): HeadOutput {
  const answers = (instance: ModelInstance): HeadOutput | undefined => {
    const outputs = headOutputs(instance).filter((output) => head === undefined || output.head === head)
    const blocks = [...program.data.values()]
    return outputs.find((output) => blocks.some((data) => suits(data, output))) ?? outputs[0]
  }
  if (model !== undefined) requireName('model', model, [...program.instances.keys()])
  const asked = program.instances.get(model ?? '')
  const ordered = asked ? ([asked] as const) : models
  if (head !== undefined)
    requireName('head', head, [...new Set(ordered.flatMap(({ heads }) => [...heads.keys()]))])
  for (const instance of ordered) {
    const output = answers(instance)
    if (output) return output
  }
  throw noHead(ordered[0])
}

function noHead(instance: ModelInstance): DiagnosticError {
  const heads = [...instance.heads.keys()]
  return new DiagnosticError(
    missingHead({ model: instance.name, needs: 'head that gives answers for a text', heads }),
  )
}
