/** A trained model of a run as a folder that transformers loads, with ONNX files where they are asked for. */
import path from 'node:path'
import { describeRunner } from '../backends/auto.ts'
import { headOutputs, suits } from '../check/head-outputs.ts'
import type { DataSpec, ModelInstance, Program } from '../check/program.ts'
import type { HeadOutput } from '../check/tasks.ts'
import { labelNames } from '../data/label-names.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { notARunFolder, wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { version } from '../disk/manifest.ts'
import { isHubName, isLanguageCode, isLicenseName } from '../huggingface/card/hub-name.ts'
import { comparedModel, hubFacts, teachersOf } from '../huggingface/card/origins.ts'
import { headsOfFolders } from '../huggingface/describe.ts'
import { type ExportRequest, exportModels } from '../huggingface/export.ts'
import { type FileOutputs, fileOutputs } from '../huggingface/file-outputs.ts'
import { exportOnnxModels, type OnnxFolderRequest } from '../huggingface/onnx-folder.ts'
import { exportTfjs } from '../huggingface/tfjs-folder.ts'
import { compileTaps } from '../lower/stage.ts'
import { Evaluator } from '../train/evaluate.ts'
import { ProgramData } from '../train/program-data.ts'
import { specHash } from '../train/spec-texts.ts'
import { dataOfHead } from '../train/tasks/data-of-head.ts'
import { latestTrainedFirst, trainedWeights } from '../train/trained-model.ts'
import { openRunners } from './backends.ts'
import { withSources } from './distill-error.ts'
import { type OpenRun, openRun, requireName } from './open-run.ts'

export interface ExportOptions {
  /** The model (default: the one that the last stage trained). */
  readonly model?: string | undefined
  /**
   * This head alone (default: all in one folder if a class has them together, otherwise a folder inside for
   * each).
   */
  readonly head?: string | undefined
  /**
   * `TinyBertForSequenceClassification`, for the published code of TinyBERT (default: the matching class of
   * transformers).
   */
  readonly class?: string | undefined
  /** Weights of a checkpoint of the run, such as `last` (default: the weights that the model kept). */
  readonly checkpoint?: string | undefined
  /** The backend that compares the logits (default: `auto`). */
  readonly backend?: string | undefined
  /** For the model card, as the Hub calls them (default: what the folders say that the weights come from). */
  readonly license?: string | undefined
  readonly languages?: readonly string[] | undefined
  readonly baseModels?: readonly string[] | undefined
  readonly datasets?: readonly string[] | undefined
  /** Also writes the model as ONNX; then a model of any architecture can be exported. */
  readonly onnx?: boolean | undefined
  /** Also writes ONNX files with weights in 8 bits, or in float16. Each implies `onnx`. */
  readonly int8?: boolean | undefined
  readonly fp16?: boolean | undefined
  /** Writes ONNX files without running them. */
  readonly unproved?: boolean | undefined
  /** Told which model is exported, and the backend that compares it, before the work begins. */
  readonly onBegin?: ((event: { readonly model: string; readonly backend: string }) => void) | undefined
  /** Told why a faster backend does not start. */
  readonly onNote?: ((text: string) => void) | undefined
}

export interface ExportedFolder {
  readonly folder: string
  /** The class of transformers; null if only ONNX has the model. */
  readonly class: string | null
  readonly heads: readonly string[]
  /** Differences from the model, as sentences. */
  readonly notes: readonly string[]
  /** ONNX files, with their size and how far they agree with the model. */
  readonly files: readonly { readonly name: string; readonly about: string }[]
}

export interface ExportedModel {
  readonly model: string
  /** In the model card; absent if neither the options nor the origins of the weights name one. */
  readonly license?: string
  /** One, or one for each head that no class has together with the others. */
  readonly folders: readonly ExportedFolder[]
}

/**
 * @throws DistillError where the model cannot be exported or the folder not written; neither leaves anything
 * behind
 */
export async function exportRun(
  place: string,
  to: string,
  options: ExportOptions = {},
): Promise<ExportedModel> {
  const run = await withSources(new Map(), () => {
    requireHubNames(options)
    return openRun(place, options.checkpoint)
  })
  return withSources(run.program.sources, () => exportOpenRun(run, to, options))
}

/**
 * The model of a run as a GraphModel of TensorFlow.js, with the names of its outputs.
 * @throws DistillError as `exportRun`
 */
export async function exportRunAsTfjs(
  place: string,
  to: string,
  { model, head, checkpoint }: Pick<ExportOptions, 'model' | 'head' | 'checkpoint'> = {},
): Promise<{ readonly model: string; readonly outputs: readonly string[] }> {
  const run = await withSources(new Map(), () => openRun(place, checkpoint))
  const { folder, config, program } = run
  return withSources(program.sources, () => {
    const instance = chosenModel(run, model)
    const heads = [...instance.heads.keys()]
    if (head !== undefined) requireName('head', head, heads)
    const { data, labels } = answersOf(run, instance, head === undefined ? heads : [head])
    const store = trainedWeights(program, [instance.name], config, folder, checkpoint)
    const tokenizer = new ProgramData(program, folder.tokenizers).tokenizers.of(data)
    const read = { tokenizer, maxLength: data.maxLength, labels, version: version() }
    return { model: instance.name, outputs: exportTfjs({ to, program, instance, head, store, ...read }) }
  })
}

/** Throws E1101 for what the Hub would refuse in a model card. */
function requireHubNames({ license, languages = [], baseModels = [], datasets = [] }: ExportOptions): void {
  const all = [
    [
      'license',
      isLicenseName,
      license === undefined ? [] : [license],
      'a name of the Hub, such as apache-2.0',
    ],
    ['languages', isLanguageCode, languages, 'the code of a language, such as en'],
    ['baseModels', isHubName, baseModels, 'a name on the Hub: NAME or OWNER/NAME'],
    ['datasets', isHubName, datasets, 'a name on the Hub: NAME or OWNER/NAME'],
  ] as const
  for (const [flag, suits, values, expected] of all) {
    const value = values.find((one) => !suits(one))
    if (value !== undefined) throw new DiagnosticError(wrongFlagValue({ flag, value, expected }))
  }
}

async function exportOpenRun(run: OpenRun, target: string, options: ExportOptions): Promise<ExportedModel> {
  const { folder, config, program } = run
  const { onnx = options.int8 || options.fp16 || options.unproved, onNote, onBegin } = options
  const instance = chosenModel(run, options.model)
  if (options.head !== undefined) requireName('head', options.head, [...instance.heads.keys()])
  const folders = options.head === undefined ? headsOfFolders(instance) : [[options.head]]
  const parts = folders.map((heads) => ({ heads, ...answersOf(run, instance, heads) }))
  const gives = onnx ? folders.map((heads) => outputsOf(program, instance, heads)) : []
  const store = trainedWeights(program, [instance.name], config, folder, options.checkpoint)
  const provider = new ProgramData(program, folder.tokenizers)
  const { runner } = await openRunners(options.backend ?? 'auto', {
    ...(onNote ? { note: onNote } : {}),
    // the backend that runs ONNX files would be compared with itself
    ...(onnx ? { suits: (name) => name !== 'onnxruntime' } : {}),
  })
  try {
    onBegin?.({ model: instance.name, backend: describeRunner(runner) })
    const card = runFacts(run, instance, options)
    const requests = parts.map(
      ({ heads, data, labels }): ExportRequest => ({
        to: folders.length > 1 ? path.join(target, ...heads) : target,
        ...{ program, instance, store, labels, runner },
        tokenizer: provider.tokenizers.of(data),
        maxLength: data.maxLength,
        card: { ...card, pair: data.text.kind === 'pair' },
        wanted: { heads, ...(options.class === undefined ? {} : { modelClass: options.class }) },
      }),
    )
    const evaluator = new Evaluator({ program, store, runner, data: provider, compileTaps })
    const withOnnx = requests.flatMap((request, k): OnnxFolderRequest[] => {
      const [part, own] = [parts[k], gives[k]]
      if (part === undefined || own === undefined) return []
      const data = (own.head && dataOfHead(program, own.head)) ?? part.data
      const proof = { model: instance.name, evaluator, data, provider }
      const specified = { formats: formatsOf(options), specHash: specHash(config.texts) }
      return [{ ...request, ...specified, data, gives: own, ...(options.unproved ? {} : { proof }) }]
    })
    const exported = onnx ? await exportOnnxModels(withOnnx) : exportModels(requests)
    return {
      model: instance.name,
      ...(card.hub.license === undefined ? {} : { license: card.hub.license }),
      folders: exported.map((one, k) => ({
        folder: requests[k]?.to ?? target,
        class: one.modelClass ?? null,
        heads: folders[k] ?? [],
        notes: one.notes,
        files: 'files' in one ? one.files.map(([name, about]) => ({ name: `onnx/${name}`, about })) : [],
      })),
    }
  } finally {
    runner.dispose()
  }
}

/**
 * The data block that heads are about, and the names of their labels. Throws E1107 where there is no data.
 */
function answersOf(
  run: OpenRun,
  instance: ModelInstance,
  heads: readonly string[],
): { readonly data: DataSpec; readonly labels: readonly string[] | undefined } {
  const { folder, program } = run
  const output = headOutputs(instance).find(({ kind, head }) => kind !== 'masked' && heads.includes(head))
  const data = (output && dataOfHead(program, output)) ?? dataOfVocabulary(run, instance)
  if (data !== undefined) return { data, labels: output && labelNames(data.label) }
  const help = 'name a data block in the spec'
  throw new DiagnosticError(
    notARunFolder({ path: folder.path, problem: 'has no data, so no vocabulary', help }),
  )
}

function runFacts({ folder, config, program }: OpenRun, instance: ModelInstance, options: ExportOptions) {
  const { license, languages = [], baseModels = [], datasets = [], checkpoint } = options
  const teachers = teachersOf(program, instance)
  const given = { ...(license === undefined ? {} : { license }), languages, baseModels, datasets }
  return {
    teachers: teachers.map(comparedModel),
    hub: hubFacts(given, [instance, ...teachers]),
    spec: config.spec,
    seed: config.seed,
    version: version(),
    log: folder.readLog(),
    checkpoint,
  }
}

/**
 * What the ONNX file of a folder with these heads gives: of several the first one that the data has labels
 * for.
 */
function outputsOf(program: Program, instance: ModelInstance, heads: readonly string[]): FileOutputs {
  const isMeasured = (output: HeadOutput): boolean =>
    [...program.data.values()].some((data) => suits(data, output))
  return fileOutputs(instance, heads, isMeasured)
}

function formatsOf({ int8, fp16 }: ExportOptions): OnnxFolderRequest['formats'] {
  return [...(int8 ? (['int8'] as const) : []), ...(fp16 ? (['float16'] as const) : [])]
}

/** The model that is asked for, otherwise the one that the run trained last. */
function chosenModel({ program, folder }: OpenRun, wanted: string | undefined): ModelInstance {
  if (wanted !== undefined) {
    requireName('model', wanted, [...program.instances.keys()])
    const instance = program.instances.get(wanted)
    if (instance) return instance
  }
  return latestTrainedFirst(program, folder)[0]
}

/** The data block with the model's vocabulary, otherwise the first. */
function dataOfVocabulary({ program }: OpenRun, { vocabulary }: ModelInstance) {
  const blocks = [...program.data.values()]
  return blocks.find((data) => data.vocabulary.name === vocabulary?.name) ?? blocks[0]
}
