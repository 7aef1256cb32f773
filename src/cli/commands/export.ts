/**
 * `distill export RUN --to FOLDER` writes a trained model as a folder that transformers loads. With `--onnx`
 * the folder has ONNX files too, which transformers.js and other programs load.
 */
import { type Command, Option } from 'commander'
import { exportRun, exportRunAsTfjs } from '../../library/export-model.ts'
import { runnerOption } from '../backend-option.ts'
import { checkpointOption, printNote } from '../open-run.ts'
import { hubNames, languageCodes, licenseName } from '../option-values.ts'
import { print, say } from '../output.ts'
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
  tfjs?: boolean
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
    .addOption(
      new Option('--tfjs', 'write a GraphModel of TensorFlow.js instead, of any architecture').conflicts([
        'onnx',
        'int8',
        'fp16',
        'unproved',
        'class',
      ]),
    )
    .addHelpText('after', withOnnx)
    .addOption(runnerOption('the backend that compares the logits: auto, or one that distill doctor lists'))
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action((run: string, flags: ExportFlags) => (flags.tfjs ? exportGraphModel : exportModel)(run, flags))
}

async function exportGraphModel(place: string, { to, ...options }: ExportFlags): Promise<void> {
  const { model, outputs } = await exportRunAsTfjs(place, to, options)
  print(`${model} as a GraphModel (${outputs.join(', ')}) -> ${to}\n`)
}

async function exportModel(place: string, flags: ExportFlags): Promise<void> {
  const { to, language: languages, baseModel: baseModels, dataset: datasets, ...rest } = flags
  const { model, license, folders } = await exportRun(place, to, {
    ...rest,
    ...{ languages, baseModels, datasets },
    onNote: printNote,
    onBegin: (begun) => say(`${place}: ${begun.model}   ${begun.backend}\n`),
  })
  for (const { folder, class: modelClass, heads, notes, files } of folders) {
    const head = folders.length > 1 ? ` ${heads.join()}` : ''
    for (const note of notes) printNote(note)
    print(`${model}${head} as ${modelClass ?? 'ONNX'} -> ${folder}\n`)
    const width = Math.max(...files.map(({ name }) => name.length))
    for (const { name, about } of files) print(`  ${name.padEnd(width)}  ${about}\n`)
  }
  if (license === undefined) printNote('the model card names no license; --license NAME does')
}
