/** `distill predict RUN`: lines of text in on standard input, labels and probabilities out. */
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import type { ModelInstance } from '../../check/program.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { E1004 } from '../../diagnostics/messages/E1004.ts'
import { compileTaps } from '../../lower/stage.ts'
import { Evaluator, type HeadOutput, headOutputs } from '../../train/evaluate.ts'
import { dataOfHead, type Prediction, Predictor } from '../../train/predict.ts'
import { ProgramData } from '../../train/program-data.ts'
import { latestTrainedFirst, trainedWeights } from '../../train/trained-model.ts'
import { runnerOption } from '../backend-option.ts'
import { type OpenRun, openRun, openRunners, requireName, withSources } from '../open-run.ts'
import { threadsOption } from '../threads-option.ts'

interface PredictFlags {
  model?: string
  json?: boolean
  all?: boolean
  backend: string
}

/** Lines run at once when they do not come from a keyboard. */
const together = 64

export function register(program: Command): void {
  program
    .command('predict')
    .description('read lines of text, write a label and its probability for each')
    .argument('<run>', 'a run folder')
    .option('--model <name>', 'which model (default: the one that the last stage trained)')
    .option('--json', 'a JSON object a line, with every probability')
    .option('--all', 'a column for each label, under a line of their names')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .action(async (place: string, flags: PredictFlags) => {
      const run = openRun(place, false)
      if (run) await withSources(run.program, () => predict(run, flags))
    })
}

async function predict({ folder, config, program }: OpenRun, flags: PredictFlags): Promise<void> {
  const output = chooseHead({ folder, config, program }, flags.model)
  const { instance } = output
  const data = dataOfHead(program, output)
  if (!data) throw noHead(instance)
  const { runner } = await openRunners(flags.backend)
  try {
    const provider = new ProgramData(program, folder.tokenizers)
    const store = trainedWeights(program, [instance.name], config, folder)
    const evaluator = new Evaluator({ program, store, runner, data: provider, compileTaps })
    const predictor = new Predictor(output, data, provider.tokenizers.of(data), evaluator)
    if (flags.all && !flags.json) process.stdout.write(`${['label', ...predictor.classes].join('\t')}\n`)
    await eachLine((lines) => {
      for (const one of predictor.predict(lines)) process.stdout.write(`${describe(one, flags)}\n`)
    })
  } finally {
    runner.dispose()
  }
}

/** The head that answers: of the model asked for, else of the last one that the run's stages train and that has one. */
function chooseHead({ folder, program }: OpenRun, wanted: string | undefined): HeadOutput {
  const answers = (instance: ModelInstance): HeadOutput | undefined =>
    headOutputs(instance).find(({ kind }) => kind === 'class' || kind === 'number')
  if (wanted !== undefined) {
    requireName('model', wanted, [...program.instances.keys()])
    const instance = program.instances.get(wanted)
    const output = instance && answers(instance)
    if (instance && !output) throw noHead(instance)
    if (output) return output
  }
  const ordered = latestTrainedFirst(program, folder)
  for (const instance of ordered) {
    const output = answers(instance)
    if (output) return output
  }
  throw noHead(ordered[0])
}

function noHead(instance: ModelInstance): DiagnosticError {
  const heads = [...instance.heads.keys()]
  return new DiagnosticError(
    E1004({ model: instance.name, needs: 'head that gives a label or a number for a text', heads }),
  )
}

/** Hands over lines as they come: one by one from a keyboard, else many at once. */
async function eachLine(take: (lines: readonly string[]) => void): Promise<void> {
  const size = process.stdin.isTTY ? 1 : together
  let waiting: string[] = []
  let first = true
  for await (const line of createInterface({ input: process.stdin })) {
    waiting.push(first ? line.replace(/^\uFEFF/, '') : line)
    first = false
    if (waiting.length < size) continue
    take(waiting)
    waiting = []
  }
  take(waiting)
}

/** `plant	0.93`; a number for a regression; with --all every label's probability. */
function describe({ text, label, probabilities, value }: Prediction, flags: PredictFlags): string {
  if (flags.json)
    return JSON.stringify({ text, ...(label === undefined ? { value } : { label, probabilities }) })
  if (label === undefined || !probabilities) return (value ?? Number.NaN).toPrecision(6)
  const shown = flags.all ? Object.values(probabilities) : [probabilities[label] ?? 0]
  return [label, ...shown.map((p) => p.toFixed(4))].join('\t')
}
