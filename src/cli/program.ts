/**
 * The commands of `distill`. Each is one file in commands/, loaded only when it is the one asked for, so that
 * `distill check` does not pay for TensorFlow.js.
 */
import { Command, CommanderError } from 'commander'
import { version } from '../disk/manifest.ts'
import { allowOutsideOption, takeAllowOutside } from './allow-outside-option.ts'
import { exitCodes, reportFailure } from './outcome.ts'
import { print, say } from './output.ts'
import { takeThreads } from './threads-option.ts'

interface CommandModule {
  register(program: Command): void
}
const commands: Record<string, { summary: string; load: () => Promise<CommandModule> }> = {
  new: {
    summary: 'write a first spec for your data, or for a published model',
    load: () => import('./commands/new.ts'),
  },
  check: { summary: 'report every mistake in a spec', load: () => import('./commands/check.ts') },
  fmt: { summary: 'print a spec in the standard layout', load: () => import('./commands/fmt.ts') },
  'language-server': {
    summary: 'answer an editor over standard input and output',
    load: () => import('./commands/language-server.ts'),
  },
  data: {
    summary: 'print what is in the data of a spec: counts, labels, lengths, leaks, examples',
    load: () => import('./commands/data.ts'),
  },
  explain: {
    summary: 'print parameters, layer maps, losses and costs of a spec',
    load: () => import('./commands/explain.ts'),
  },
  compile: {
    summary: 'print the syntax tree, graph, gradient or plan of a stage',
    load: () => import('./commands/compile.ts'),
  },
  graph: { summary: 'draw the training step of a stage', load: () => import('./commands/graph.ts') },
  train: { summary: 'train the stages of a spec', load: () => import('./commands/train.ts') },
  records: {
    summary: 'compute the values of frozen teachers ahead of a training',
    load: () => import('./commands/records.ts'),
  },
  watch: {
    summary: 'open a page that follows a run, live or finished',
    load: () => import('./commands/watch.ts'),
  },
  demo: {
    summary: 'train the demo: two students of one size, one of them distilled',
    load: () => import('./commands/demo.ts'),
  },
  step: {
    summary: 'run training steps on one given batch, to compare with other frameworks',
    load: () => import('./commands/step.ts'),
  },
  eval: { summary: 'score every model of a run side by side', load: () => import('./commands/eval.ts') },
  predict: {
    summary: 'predict labels of lines of text with a trained model',
    load: () => import('./commands/predict.ts'),
  },
  serve: {
    summary: 'answer requests over HTTP with a trained model',
    load: () => import('./commands/serve.ts'),
  },
  compare: {
    summary: 'show how the specs of runs differ, and their results side by side',
    load: () => import('./commands/compare.ts'),
  },
  report: {
    summary: 'write what came of a run as one page',
    load: () => import('./commands/report.ts'),
  },
  export: {
    summary: 'write a trained model as a folder that transformers loads',
    load: () => import('./commands/export.ts'),
  },
  'export-logs': {
    summary: 'write the log of a run for TensorBoard',
    load: () => import('./commands/export-logs.ts'),
  },
  profile: {
    summary: 'measure a training step by operation and by line of the spec',
    load: () => import('./commands/profile.ts'),
  },
  doctor: {
    summary: 'list the backends that start here, and their speed',
    load: () => import('./commands/doctor.ts'),
  },
}

/** Runs a command line, whose first two words are those of `process.argv`, and gives its exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('distill')
    .description('A small language and its compiler for making big language models small')
    .version(version())
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: say })
    .hook('preAction', (_program, acting) => takeThreads(acting.opts()))
    .hook('preAction', (_program, acting) => takeAllowOutside(acting.opts()))
  const asked = argv[2]
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (name === asked) (await load()).register(program)
    else program.command(name).description(summary).allowUnknownOption()
  }
  for (const command of program.commands) {
    command.exitOverride()
    if (command.registeredArguments.some((one) => one.name().startsWith('spec')))
      command.addOption(allowOutsideOption())
  }
  try {
    await program.parseAsync([...argv])
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.fine
  } catch (error) {
    // Commander has printed help, the version or its complaint already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
    return reportFailure(error)
  }
}
