/** `distill export RUN --to FOLDER` writes a trained model as a folder that transformers loads. */
import type { Command } from 'commander'
import { headOutputs } from '../../check/head-outputs.ts'
import type { ModelInstance } from '../../check/program.ts'
import { labelNames } from '../../data/label-names.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { version } from '../../diagnostics/manifest.ts'
import { notARunFolder } from '../../diagnostics/messages/command-line.ts'
import { comparedModel, hubFacts, teachersOf } from '../../huggingface/card/origins.ts'
import { exportModels } from '../../huggingface/export.ts'
import { ProgramData } from '../../train/program-data.ts'
import { dataOfHead } from '../../train/tasks/data-of-head.ts'
import { latestTrainedFirst, trainedWeights } from '../../train/trained-model.ts'
import { runnerOption } from '../backend-option.ts'
import {
  checkpointOption,
  type OpenRun,
  openRun,
  openRunners,
  requireName,
  sayBackend,
  withSources,
} from '../open-run.ts'
import { hubNames, languageCodes, licenseName } from '../option-values.ts'
import { threadsOption } from '../threads-option.ts'

interface ExportFlags {
  to: string
  model?: string
  class?: string
  backend: string
  checkpoint?: string
  license?: string
  language: readonly string[]
  baseModel: readonly string[]
  dataset: readonly string[]
}

export function register(program: Command): void {
  program
    .command('export')
    .description('write a trained model as a folder that transformers loads')
    .argument('<run>', 'a run folder')
    .requiredOption('--to <folder>', 'the folder to write; existing files of the same names are replaced')
    .option('--model <name>', 'the model (default: the one that the last stage trained)')
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
    .addOption(runnerOption('the backend that compares the logits: auto, or one that distill doctor lists'))
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action(async (place: string, flags: ExportFlags) => {
      const run = openRun(place, { checkpoint: flags.checkpoint })
      if (run) await withSources(run.program, () => exportRun(run, flags))
    })
}

async function exportRun(run: OpenRun, flags: ExportFlags): Promise<void> {
  const { folder, config, program } = run
  const instance = chosenModel(run, flags.model)
  const output = headOutputs(instance).find(({ kind }) => kind !== 'masked')
  const data = (output && dataOfHead(program, output)) ?? dataOfVocabulary(run, instance)
  if (data === undefined)
    throw new DiagnosticError(
      notARunFolder({
        path: folder.path,
        problem: 'has no data, so no vocabulary',
        help: 'name a data block in the spec',
      }),
    )
  const store = trainedWeights(program, [instance.name], config, folder, flags.checkpoint)
  const tokenizer = new ProgramData(program, folder.tokenizers).tokenizers.of(data)
  const labels = output === undefined ? undefined : labelNames(data.label)
  const { runner } = await openRunners(flags.backend)
  try {
    sayBackend(`${folder.path}: ${instance.name}`, runner)
    const teachers = teachersOf(program, instance)
    const hub = hubFacts(
      {
        ...(flags.license === undefined ? {} : { license: flags.license }),
        languages: flags.language,
        baseModels: flags.baseModel,
        datasets: flags.dataset,
      },
      [instance, ...teachers],
    )
    const card = {
      pair: data.text.kind === 'pair',
      teachers: teachers.map(comparedModel),
      hub,
      spec: config.spec,
      seed: config.seed,
      version: version(),
      log: folder.readLog(),
      checkpoint: flags.checkpoint,
    }
    const wanted = flags.class === undefined ? {} : { modelClass: flags.class }
    const request = { to: flags.to, program, instance, store, tokenizer, labels, runner, card, wanted }
    for (const { modelClass, notes } of exportModels([request])) {
      const unlicensed =
        hub.license === undefined ? ['the model card names no license; --license NAME does'] : []
      for (const note of [...notes, ...unlicensed]) process.stderr.write(`note: ${note}\n`)
      process.stdout.write(`${instance.name} as ${modelClass} -> ${flags.to}\n`)
    }
  } finally {
    runner.dispose()
  }
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
