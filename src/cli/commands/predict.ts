/**
 * `distill predict RUN` reads lines of text from standard input and prints answers: labels, numbers, tags,
 * spans, or words for [MASK].
 */
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { taskFacts } from '../../check/tasks.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { flagNotForHead } from '../../diagnostics/messages/command-line.ts'
import { type LoadedModel, loadModel } from '../../library/load.ts'
import { lineOf } from '../../train/tasks/index.ts'
import type { Line, Prediction } from '../../train/tasks/prediction.ts'
import { runnerOption } from '../backend-option.ts'
import { checkpointOption, printNote } from '../open-run.ts'
import { print, say } from '../output.ts'
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
    .argument('<run>', 'a run folder, or a folder of a model of transformers')
    .option('--model <name>', 'the model (default: the one that the last stage trained)')
    .option('--head <name>', 'its head (default: the first one that its data has labels for)')
    .option('--json', 'one JSON object per line, with all details of the prediction')
    .option('--all', 'one column per label, below a header line')
    .addHelpText('after', lines)
    .addOption(runnerOption())
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .action(predict)
}

async function predict(place: string, flags: PredictFlags): Promise<void> {
  const model = await loadModel(place, { ...flags, onNote: printNote })
  try {
    if (flags.all && !flags.json) {
      if (model.labels.length === 0) throw notLabels(model)
      print(`${['label', ...model.labels].join('\t')}\n`)
    }
    say(`${place}: ${model.model}.${model.head}   ${model.backend}\n`)
    await eachLine((lines) => {
      for (const [k, one] of model.predictLines(lines).entries()) {
        print(`${describe(one, flags)}\n`)
        const cut = 'cut' in one ? one.cut : undefined
        if (cut)
          say(
            `line ${lines[k]?.number}: max_length = ${model.maxLength} cuts this text: ${cut.read} of its ${cut.of} tokens are read\n`,
          )
      }
    })
  } finally {
    model.dispose()
  }
}

function notLabels({ model, head, kind }: LoadedModel): DiagnosticError {
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
