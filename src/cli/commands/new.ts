/**
 * `distill new SPEC --from PLACE` writes a first spec: for a file or folder of data, or for the folder of a
 * published model.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type Command, Option } from 'commander'
import { beginSpec } from '../../begin/begin.ts'
import { type RecipeName, recipeNames } from '../../begin/recipes.ts'
import { timeSpec } from '../../begin/speed.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { cannotWrite } from '../../diagnostics/messages/weights.ts'
import { terminalText } from '../../diagnostics/terminal-text.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { statOf } from '../../files/regular-file.ts'
import { newSpec } from '../../huggingface/new-spec.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import { printSource } from '../../syntax/print.ts'
import { formatDuration } from '../../train/format.ts'
import { signalCode } from '../interrupt.ts'
import { print, say } from '../output.ts'

interface NewFlags {
  readonly from: string
  readonly recipe?: RecipeName
  readonly minutes?: number
  readonly teacher?: string
  readonly text?: readonly string[]
  readonly label?: string
}

export function register(program: Command): void {
  program
    .command('new')
    .description('write a first spec for your data, or for a published model')
    .argument('<spec>', 'the .distill file to write')
    .requiredOption(
      '--from <place>',
      'data: a file (CSV, TSV, JSON lines, Parquet, CoNLL, SQuAD, lines of text; also .gz), or a folder: of texts, with a folder for each class, or with a file train.*; or a model: a folder of transformers with config.json',
    )
    .addOption(
      new Option('--recipe <name>', 'what the student is modelled on (default: plain)').choices(recipeNames),
    )
    .option('--minutes <n>', 'how long the training shall take here, in all (default: 5)', minutesOf)
    .option(
      '--teacher <folder>',
      'a folder of transformers: the teacher, with its tokenizer (default: one from scratch)',
    )
    .option(
      '--text <column>',
      'the column of the texts (twice for pairs; default: a guess)',
      (name, all: string[] = []) => [...all, name],
    )
    .option('--label <column>', 'the column of the label; `none` for texts alone (default: a guess)')
    .action(begin)
}

function minutesOf(text: string): number {
  const minutes = Number(text)
  if (Number.isFinite(minutes) && minutes > 0) return minutes
  throw new DiagnosticError(wrongFlagValue({ flag: '--minutes', value: text, expected: 'a number above 0' }))
}

async function begin(spec: string, flags: NewFlags): Promise<void> {
  if (!spec.endsWith('.distill'))
    throw new DiagnosticError(
      wrongFlagValue({ flag: 'the spec', value: spec, expected: 'a name that ends in .distill' }),
    )
  requireFree(spec)
  const isModel = existsSync(path.join(flags.from, 'config.json')) || isOtherFolder(flags)
  if (isModel) fromModel(spec, flags)
  else await fromData(spec, flags)
  print(`${spec}\n`)
}

function requireFree(spec: string): void {
  if (existsSync(spec))
    throw new DiagnosticError(cannotWrite({ path: spec, reason: 'it is there already; name another file' }))
}

/**
 * A folder of weights without config.json is a model that cannot be used, which its own message says. The
 * same message says of a name without an ending that nothing is there.
 */
function isOtherFolder({ from }: NewFlags): boolean {
  const found = statOf(from)
  if (found === undefined) return path.extname(from) === ''
  if (!found.isDirectory()) return false
  return ['model.safetensors', 'pytorch_model.bin'].some((name) => existsSync(path.join(from, name)))
}

function fromModel(spec: string, { from }: NewFlags): void {
  const { text, notes } = newSpec(from, spec)
  writeAtomically(spec, [Buffer.from(printSource(parseSource(spec, text).tree))])
  for (const note of notes) say(`note: ${note}\n`)
}

async function fromData(spec: string, flags: NewFlags): Promise<void> {
  const { from, recipe = 'plain', minutes = 5, teacher, text, label } = flags
  const answers = process.stdin.isTTY && process.stderr.isTTY
  const begun = await beginSpec(from, spec, {
    recipe,
    minutes,
    teacher,
    text,
    label,
    time: timeSpec,
    ask: answers ? ask : undefined,
    found: (lines, remarks) => {
      for (const line of lines) say(`${line}\n`)
      for (const remark of remarks) say(`note: ${remark}\n`)
      say('timing a few steps on this machine ...\n')
    },
  })
  // It may have been written while steps were timed.
  requireFree(spec)
  writeAtomically(spec, [Buffer.from(begun.text)])
  const { layers, hidden } = begun.design.teacher
  say(`teacher: ${layers} layers of ${hidden} units; student: ${begun.student}\n`)
  say(`training takes about ${formatDuration(begun.seconds)} here (${begun.backend})\n`)
  if (begun.slowdown > 1.25) {
    const longer = formatDuration(begun.seconds * begun.slowdown)
    say(`while other programs use the processors as they do now, it takes up to ${longer}\n`)
  }
  say(`next: distill train ${spec}\n`)
}

/** Asks until one of the numbers is given. After Ctrl-C or the end of the input, nothing is written. */
async function ask(question: string, choices: readonly string[]): Promise<number> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const leave = (): never => {
    say('\n')
    process.exit(signalCode('SIGINT'))
  }
  reader.on('SIGINT', leave).on('close', leave)
  try {
    for (const [index, choice] of choices.entries()) say(`  ${index + 1}  ${choice}\n`)
    for (;;) {
      const answer = (await reader.question(terminalText(`${question} [1] `))).trim() || '1'
      const index = Number(answer) - 1
      if (Number.isInteger(index) && index >= 0 && index < choices.length) return index
    }
  } finally {
    reader.off('close', leave).close()
  }
}
