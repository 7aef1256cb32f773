/**
 * `distill predict RUN` reads lines of text from standard input and prints answers: labels, numbers, tags,
 * spans, or words for [MASK].
 */
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { headOutputs, suits } from '../../check/head-outputs.ts'
import type { ModelInstance } from '../../check/program.ts'
import { type HeadOutput, taskFacts } from '../../check/tasks.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { flagNotForHead } from '../../diagnostics/messages/command-line.ts'
import { missingHead } from '../../diagnostics/messages/runs.ts'
import { withSources } from '../../library/distill-error.ts'
import { type OpenRun, requireName } from '../../library/open-run.ts'
import { compileTaps } from '../../lower/stage.ts'
import { Evaluator } from '../../train/evaluate.ts'
import { ProgramData } from '../../train/program-data.ts'
import { dataOfHead } from '../../train/tasks/data-of-head.ts'
import { lineOf, tasks } from '../../train/tasks/index.ts'
import type { Line, Prediction } from '../../train/tasks/prediction.ts'
import { latestTrainedFirst, trainedWeights } from '../../train/trained-model.ts'
import { runnerOption } from '../backend-option.ts'
import { checkpointOption, openRun, openRunners, sayBackend } from '../open-run.ts'
import { threadsOption } from '../threads-option.ts'

interface PredictFlags {
  model?: string
  head?: string
  json?: boolean
  all?: boolean
  backend: string
  checkpoint?: string
}

const lines = `
Each line is one text. A pair is two texts with a tab between them. A question is followed by a tab and the text that contains its
answer. For a masked language model the text contains [MASK].
Tags are printed as in the data: a word and its tag per line, and an empty line after each text.`

/** Lines that are predicted together when they do not come from a keyboard. */
const together = 64

export function register(program: Command): void {
  program
    .command('predict')
    .description(
      'read lines of text and print the prediction for each: a label, a number, tags of words, the answer to a question, or words for [MASK]',
    )
    .argument('<run>', 'a run folder')
    .option('--model <name>', 'the model (default: the one that the last stage trained)')
    .option('--head <name>', 'its head (default: the first one that its data has labels for)')
    .option('--json', 'one JSON object per line, with all details of the prediction')
    .option('--all', 'one column per label, below a header line')
    .addHelpText('after', lines)
    .addOption(runnerOption())
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action(async (place: string, flags: PredictFlags) => {
      const run = openRun(place, { checkpoint: flags.checkpoint })
      if (run) await withSources(run.program.sources, () => predict(run, flags))
    })
}

async function predict({ folder, config, program }: OpenRun, flags: PredictFlags): Promise<void> {
  const output = chooseHead({ folder, config, program }, flags)
  const { instance } = output
  const data = dataOfHead(program, output)
  if (!data) throw noHead(instance)
  const { runner } = await openRunners(flags.backend)
  try {
    const provider = new ProgramData(program, folder.tokenizers)
    const store = trainedWeights(program, [instance.name], config, folder, flags.checkpoint)
    const evaluator = new Evaluator({ program, store, runner, data: provider, compileTaps })
    const predictor = tasks[output.kind].predictor({
      output,
      data,
      tokenizer: provider.tokenizers.of(data),
      run: (batch) => evaluator.answerValues(output, batch),
    })
    if (!predictor) throw noHead(instance)
    if (flags.all && !flags.json) {
      const { labels } = predictor
      if (labels.length === 0) throw notLabels(output)
      process.stdout.write(`${['label', ...labels].join('\t')}\n`)
    }
    sayBackend(`${folder.path}: ${instance.name}.${output.head}`, runner)
    await eachLine((lines) => {
      for (const [k, one] of predictor.predict(lines).entries()) {
        process.stdout.write(`${describe(one, flags)}\n`)
        const cut = 'cut' in one ? one.cut : undefined
        if (cut)
          process.stderr.write(
            `line ${lines[k]?.number}: max_length = ${data.maxLength} cuts this text: ${cut.read} of its ${cut.of} tokens are read\n`,
          )
      }
    })
  } finally {
    runner.dispose()
  }
}

/**
 * The head that answers: of the model given by the option, otherwise of the last trained model that has one.
 */
function chooseHead({ folder, program }: OpenRun, flags: PredictFlags): HeadOutput {
  const answers = (instance: ModelInstance): HeadOutput | undefined => {
    const outputs = headOutputs(instance).filter(
      ({ head }) => flags.head === undefined || head === flags.head,
    )
    const blocks = [...program.data.values()]
    return outputs.find((output) => blocks.some((data) => suits(data, output))) ?? outputs[0]
  }
  if (flags.model !== undefined) requireName('model', flags.model, [...program.instances.keys()])
  const asked = program.instances.get(flags.model ?? '')
  const ordered = asked ? ([asked] as const) : latestTrainedFirst(program, folder)
  if (flags.head !== undefined)
    requireName('head', flags.head, [...new Set(ordered.flatMap(({ heads }) => [...heads.keys()]))])
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

function notLabels({ instance: { name: model }, head, kind }: HeadOutput): DiagnosticError {
  const help = '--json writes all that is known of an answer'
  return new DiagnosticError(
    flagNotForHead({ flag: '--all', model, head, gives: taskFacts[kind].answers, help }),
  )
}

/** Passes on lines as they arrive: one by one from a keyboard, otherwise many at once. */
async function eachLine(take: (lines: readonly Line[]) => void): Promise<void> {
  const size = process.stdin.isTTY ? 1 : together
  let waiting: Line[] = []
  let number = 0
  for await (const text of createInterface({ input: process.stdin })) {
    number++
    waiting.push({ number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text })
    if (waiting.length < size) continue
    take(waiting)
    waiting = []
  }
  take(waiting)
}

/** A prediction as text; with --json, with its scores. */
function describe(one: Prediction, flags: PredictFlags): string {
  if (!flags.json) return lineOf(one, flags.all ?? false)
  const { kind, ...rest } = one
  return JSON.stringify(rest)
}
