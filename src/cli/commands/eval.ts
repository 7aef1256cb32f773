/** `distill eval RUN|SPEC --data NAME` scores all models on one data block, side by side. */
import type { Command } from 'commander'
import { answerTerms, fits, headOutputs } from '../../check/head-outputs.ts'
import { tableProblems } from '../../check/ids-in-tables.ts'
import { metricsOf } from '../../check/metric-names.ts'
import type { DataSpec, Program } from '../../check/program.ts'
import type { HeadOutput } from '../../check/tasks.ts'
import { cutLine } from '../../data/cut-texts.ts'
import { DiagnosticError, Reporter } from '../../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { differentVocabularies } from '../../diagnostics/messages/data.ts'
import { metricNotMeasurable } from '../../diagnostics/messages/training.ts'
import { withSources } from '../../library/distill-error.ts'
import { requireName } from '../../library/open-run.ts'
import { compileTaps } from '../../lower/stage.ts'
import { scoreBaselines } from '../../train/baselines/score-baselines.ts'
import { Evaluator } from '../../train/evaluate.ts'
import { ProgramData } from '../../train/program-data.ts'
import { reportedInstances, reportModels } from '../../train/report.ts'
import type { RunFolder } from '../../train/run-folder.ts'
import { scoredHead, scoreModel } from '../../train/scoring.ts'
import { trainedWeights } from '../../train/trained-model.ts'
import { knownDisagreements } from '../../train/weight-folders.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { checkpointOption, openRun, openRunners, sayBackend } from '../open-run.ts'
import { wholeNumber } from '../option-values.ts'
import { threadsOption } from '../threads-option.ts'
import { reportText, resultOf } from '../train-result.ts'

interface EvalFlags {
  data: string
  json?: boolean
  backend: string
  checkpoint?: string
  set?: Record<string, string>
  seed: number
  randomWeights?: boolean
}

export function register(program: Command): void {
  program
    .command('eval')
    .description('score every model side by side: metrics, parameters, size, latency')
    .argument('<run>', 'a run folder, or a spec to score without training')
    .requiredOption('--data <name>', 'the data block to score on: its test file, else its validation file')
    .option('--json', 'the table as JSON on standard output')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .addOption(checkpointOption())
    .option('--set <name=value>', 'replace a setting of a spec (may repeat)', collectSetting)
    .option('--seed <n>', 'seed of the random weights of a spec', wholeNumber, 0)
    .option('--random-weights', 'use random weights in place of checkpoints')
    .action(async (place: string, flags: EvalFlags) => {
      const json = flags.json ?? false
      if (place.endsWith('.distill')) {
        if (flags.checkpoint !== undefined) throw noCheckpoints(flags.checkpoint)
        const checked = loadSpec(place, { ...(flags.set ? { set: flags.set } : {}), json })
        if (checked)
          await withSources(checked.sources, () => {
            requireAgreement(checked, flags)
            return evaluate(checked, flags)
          })
        return
      }
      const run = openRun(place, { json, checkpoint: flags.checkpoint })
      if (!run) return
      const { seed, randomWeights } = run.config
      await withSources(run.program.sources, () =>
        evaluate(run.program, { ...flags, seed, randomWeights }, run.folder),
      )
    })
}

/** A model whose labels are in another order would score badly without an explanation. */
function requireAgreement(program: Program, { randomWeights }: EvalFlags): void {
  const wrong = randomWeights ? [] : knownDisagreements(program)
  if (wrong.length > 0) throw new DiagnosticError(...wrong)
}

async function evaluate(program: Program, flags: EvalFlags, folder?: RunFolder): Promise<void> {
  requireName('data', flags.data, [...program.data.keys()])
  const spec = program.data.get(flags.data)
  const outputs = [...program.instances.values()].filter(({ copyOf }) => !copyOf).flatMap(headOutputs)
  const fitting = outputs.filter((output) => spec && fits(spec, output))
  const instances = [...new Set(fitting.map(({ instance }) => instance))]
  if (spec === undefined || instances.length === 0) {
    const span = spec ? { span: spec.span } : {}
    const reason =
      spec && (spec.test || spec.validation)
        ? `no model has a head for the labels of data ${flags.data}`
        : `data ${flags.data} has neither a test nor a validation file`
    throw new DiagnosticError(metricNotMeasurable({ metric: 'a score', reason, available: [], ...span }))
  }
  const { runner } = await openRunners(flags.backend)
  try {
    const data = new ProgramData(program, folder?.tokenizers)
    data.requireFiles([flags.data])
    requireIdsFit(program, spec, fitting, data.tokenizer(flags.data).vocabulary.pieces.length)
    for (const cut of data.cutTexts(flags.data))
      if (cut.split !== 'train') process.stderr.write(`${cutLine(cut)}\n`)
    const names = instances.map(({ name }) => name)
    const { seed, randomWeights = false } = flags
    const store = trainedWeights(program, names, { seed, randomWeights }, folder, flags.checkpoint)
    const evaluator = new Evaluator({ program, store, runner, data, compileTaps })
    const metrics = [...new Set(fitting.flatMap(({ kind }) => metricsOf(kind)))]
    const shown = reportedInstances(program, instances)
    const scoring = { only: flags.data, final: true, metrics }
    const models = reportModels(
      shown,
      (instance) => scoreModel(program, evaluator, data, instance, scoring),
      evaluator,
      () => performance.now(),
    )
    const heads = shown.flatMap((instance) => scoredHead(program, data, instance, scoring) ?? [])
    const baselines = scoreBaselines(program, data, heads)
    const report = { models, baselines, trained: models.map(({ name }) => name) }
    const [first] = models
    sayBackend(`${flags.data}.${first?.score?.split ?? 'test'}`, runner)
    process.stdout.write(
      flags.json ? `${JSON.stringify(resultOf(report), null, 2)}\n` : `${reportText(report)}\n`,
    )
  } finally {
    runner.dispose()
  }
}

/**
 * Throws E0850 and E0376 for models whose tables lack rows for texts of this data, which no stage may have
 * read.
 */
function requireIdsFit(
  program: Program,
  data: DataSpec,
  outputs: readonly HeadOutput[],
  pieces: number,
): void {
  const reporter = new Reporter()
  for (const output of outputs) {
    const { name, role, span, settings } = output.instance
    const rows = settings.get('vocabulary') ?? pieces
    if (rows < pieces)
      reporter.report(
        differentVocabularies({
          span: data.span,
          first: `${role} \`${name}\``,
          firstVocabulary: `${rows} entries`,
          second: `data \`${data.name}\``,
          secondVocabulary: `${pieces} entries (${data.vocabulary.name})`,
          firstSpan: span,
          secondSpan: data.vocabulary.origin ?? data.span,
        }),
      )
    for (const problem of tableProblems(data, answerTerms(output), program.instances, pieces, name))
      reporter.report(problem)
  }
  if (reporter.failed) throw new DiagnosticError(...reporter.diagnostics)
}

function noCheckpoints(value: string): DiagnosticError {
  const expected = 'a checkpoint of a run, so name the folder of one instead of a spec'
  return new DiagnosticError(wrongFlagValue({ flag: '--checkpoint', value, expected }))
}
