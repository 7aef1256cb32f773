/**
 * `distill export RUN --to FOLDER` writes a trained model as a folder that transformers loads. With `--onnx`
 * the folder has ONNX files too, which transformers.js and other programs load.
 */
import path from 'node:path'
import { type Command, Option } from 'commander'
import { headOutputs, suits } from '../../check/head-outputs.ts'
import type { DataSpec, ModelInstance, Program } from '../../check/program.ts'
import type { HeadOutput } from '../../check/tasks.ts'
import { labelNames } from '../../data/label-names.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { version } from '../../diagnostics/manifest.ts'
import { notARunFolder } from '../../diagnostics/messages/command-line.ts'
import { comparedModel, hubFacts, teachersOf } from '../../huggingface/card/origins.ts'
import { headsOfFolders } from '../../huggingface/describe.ts'
import { type ExportRequest, exportModels } from '../../huggingface/export.ts'
import { exportOnnxModels, type OnnxFolderRequest } from '../../huggingface/onnx-folder.ts'
import { type FileOutputs, fileOutputs } from '../../huggingface/onnx-outputs.ts'
import { withSources } from '../../library/distill-error.ts'
import { type OpenRun, requireName } from '../../library/open-run.ts'
import { compileTaps } from '../../lower/stage.ts'
import { Evaluator } from '../../train/evaluate.ts'
import { ProgramData } from '../../train/program-data.ts'
import { specHash } from '../../train/spec-texts.ts'
import { dataOfHead } from '../../train/tasks/data-of-head.ts'
import { latestTrainedFirst, trainedWeights } from '../../train/trained-model.ts'
import { runnerOption } from '../backend-option.ts'
import { checkpointOption, openRun, openRunners, sayBackend } from '../open-run.ts'
import { hubNames, languageCodes, licenseName } from '../option-values.ts'
import { threadsOption } from '../threads-option.ts'

interface ExportFlags {
  to: string
  model?: string
  head?: string
  class?: string
  backend: string
  checkpoint?: string
  license?: string
  language: readonly string[]
  baseModel: readonly string[]
  dataset: readonly string[]
  onnx?: boolean
  int8?: boolean
  fp16?: boolean
  unproved?: boolean
}

const withOnnx = `
--onnx adds onnx/model.onnx, of standard operators alone, for any model. The file is run by ONNX Runtime (npm install onnxruntime-node) on
texts of the run's validation data and compared with what predict says, before it takes its place.`

export function register(program: Command): void {
  program
    .command('export')
    .description('write a trained model as a folder that transformers loads')
    .argument('<run>', 'a run folder')
    .requiredOption('--to <folder>', 'the folder to write; existing files of the same names are replaced')
    .option('--model <name>', 'the model (default: the one that the last stage trained)')
    .option(
      '--head <name>',
      'this head alone (default: all in one folder if a class has them together, otherwise a folder inside for each)',
    )
    .option(
      '--class <name>',
      'TinyBertForSequenceClassification, for the published code of TinyBERT (default: the matching class of transformers)',
    )
    .option(
      '--license <name>',
      'for the model card: the license, as the Hub calls it (default: that of the folders whose weights the model or its teacher starts from)',
      licenseName,
    )
    .option(
      '--language <code>',
      'for the model card: the language of the texts, may repeat (default: as for --license)',
      languageCodes,
      [],
    )
    .option(
      '--base-model <name>',
      'for the model card: the model on the Hub that it comes from, may repeat (default: what config.json of those folders names)',
      hubNames,
      [],
    )
    .option('--dataset <name>', 'for the model card: the data on the Hub, may repeat', hubNames, [])
    .addOption(
      new Option('--onnx', 'also write the model as ONNX; then a model of any architecture can be exported'),
    )
    .addOption(
      new Option('--int8', 'also write onnx/model_quantized.onnx, its weights in 8 bits').implies({
        onnx: true,
      }),
    )
    .addOption(new Option('--fp16', 'also write onnx/model_fp16.onnx, for WebGPU').implies({ onnx: true }))
    .addOption(new Option('--unproved', 'write ONNX files without running them').implies({ onnx: true }))
    .addHelpText('after', withOnnx)
    .addOption(runnerOption('the backend that compares the logits: auto, or one that distill doctor lists'))
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action(async (place: string, flags: ExportFlags) => {
      const run = openRun(place, { checkpoint: flags.checkpoint })
      if (run) await withSources(run.program.sources, () => exportRun(run, flags))
    })
}

async function exportRun(run: OpenRun, flags: ExportFlags): Promise<void> {
  const { folder, config, program } = run
  const instance = chosenModel(run, flags.model)
  if (flags.head !== undefined) requireName('head', flags.head, [...instance.heads.keys()])
  const folders = flags.head === undefined ? headsOfFolders(instance) : [[flags.head]]
  const parts = folders.map((heads) => ({ heads, ...answersOf(run, instance, heads) }))
  const gives = flags.onnx ? folders.map((heads) => outputsOf(program, instance, heads)) : []
  const store = trainedWeights(program, [instance.name], config, folder, flags.checkpoint)
  const provider = new ProgramData(program, folder.tokenizers)
  // the backend that runs ONNX files would be compared with itself
  const suitable = flags.onnx ? (name: string): boolean => name !== 'onnxruntime' : undefined
  const { runner } = await openRunners(flags.backend, suitable)
  try {
    sayBackend(`${folder.path}: ${instance.name}`, runner)
    const card = runFacts(run, instance, flags)
    const requests = parts.map(
      ({ heads, data, labels }): ExportRequest => ({
        to: folders.length > 1 ? path.join(flags.to, ...heads) : flags.to,
        ...{ program, instance, store, labels, runner },
        tokenizer: provider.tokenizers.of(data),
        maxLength: data.maxLength,
        card: { ...card, pair: data.text.kind === 'pair' },
        wanted: { heads, ...(flags.class === undefined ? {} : { modelClass: flags.class }) },
      }),
    )
    const evaluator = new Evaluator({ program, store, runner, data: provider, compileTaps })
    const withOnnx = requests.flatMap((request, k): OnnxFolderRequest[] => {
      const [part, own] = [parts[k], gives[k]]
      if (part === undefined || own === undefined) return []
      const data = (own.head && dataOfHead(program, own.head)) ?? part.data
      const proof = { model: instance.name, evaluator, data, provider }
      const specified = { formats: formatsOf(flags), specHash: specHash(config.texts) }
      return [{ ...request, ...specified, data, gives: own, ...(flags.unproved ? {} : { proof }) }]
    })
    const exported = flags.onnx ? await exportOnnxModels(withOnnx) : exportModels(requests)
    for (const [k, one] of exported.entries()) {
      const { to = flags.to } = requests[k] ?? {}
      const head = folders.length > 1 ? ` ${folders[k]?.join()}` : ''
      for (const note of one.notes) process.stderr.write(`note: ${note}\n`)
      process.stdout.write(`${instance.name}${head} as ${one.modelClass ?? 'ONNX'} -> ${to}\n`)
      if ('files' in one) sayFiles(one.files)
    }
    if (card.hub.license === undefined)
      process.stderr.write('note: the model card names no license; --license NAME does\n')
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

function runFacts({ folder, config, program }: OpenRun, instance: ModelInstance, flags: ExportFlags) {
  const teachers = teachersOf(program, instance)
  const given = {
    ...(flags.license === undefined ? {} : { license: flags.license }),
    languages: flags.language,
    baseModels: flags.baseModel,
    datasets: flags.dataset,
  }
  return {
    teachers: teachers.map(comparedModel),
    hub: hubFacts(given, [instance, ...teachers]),
    spec: config.spec,
    seed: config.seed,
    version: version(),
    log: folder.readLog(),
    checkpoint: flags.checkpoint,
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

function formatsOf({ int8, fp16 }: ExportFlags): OnnxFolderRequest['formats'] {
  return [...(int8 ? (['int8'] as const) : []), ...(fp16 ? (['float16'] as const) : [])]
}

function sayFiles(files: readonly (readonly [file: string, text: string])[]): void {
  const width = Math.max(...files.map(([file]) => file.length))
  for (const [file, text] of files) process.stdout.write(`  onnx/${file.padEnd(width)}  ${text}\n`)
}

/** The model given by the option, otherwise the one that the run trained last. */
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
