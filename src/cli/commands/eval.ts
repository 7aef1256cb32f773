/**
 * `distill eval RUN|SPEC` scores all models side by side, on the data block of `--data`, or each on the one
 * that has labels for its head.
 */
import type { Command } from 'commander'
import { answerTerms, fits, headOutputs, scoredOn } from '../../check/head-outputs.ts'
import { tableProblems } from '../../check/ids-in-tables.ts'
import { metricsOf } from '../../check/metric-names.ts'
import type { DataSpec, ModelInstance, Program } from '../../check/program.ts'
import type { HeadOutput } from '../../check/tasks.ts'
import { reachable } from '../../check/term-reads.ts'
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
import { type ModelReport, reportedInstances, reportModels } from '../../train/report.ts'
import type { RunFolder } from '../../train/run-folder.ts'
import { RunPlan } from '../../train/run-plan.ts'
import { type ScoringOptions, scoredHead, scoreModel } from '../../train/scoring.ts'
import { trainedWeights } from '../../train/trained-model.ts'
import { knownDisagreements } from '../../train/weight-folders.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { checkpointOption, openRun, openRunners, sayBackend } from '../open-run.ts'
import { wholeNumber } from '../option-values.ts'
import { print, say } from '../output.ts'
import { threadsOption } from '../threads-option.ts'
import { reportText, resultOf } from '../train-result.ts'

interface EvalFlags {
  data?: string
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
    .option(
      '--data <name>',
      'the data block to score on: its test file, else its validation file (default: the one with labels for the head)',
    )
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

/** A model with the head that is scored, and the data. */
interface Scored {
  readonly output: HeadOutput
  readonly data: DataSpec
}

async function evaluate(program: Program, flags: EvalFlags, folder?: RunFolder): Promise<void> {
  const scored =
    flags.data === undefined ? scoredByLabels(program, folder) : scoredOnData(program, flags.data)
  const { runner } = await openRunners(flags.backend)
  try {
    const data = new ProgramData(program, folder?.tokenizers)
    const blocks = [...new Set(scored.map((one) => one.data))]
    data.requireFiles(blocks.map(({ name }) => name))
    for (const block of blocks) {
      const outputs = scored.flatMap((one) => (one.data === block ? one.output : []))
      requireIdsFit(program, block, outputs, data.tokenizer(block.name).vocabulary.pieces.length)
      for (const cut of data.cutTexts(block.name)) if (cut.split !== 'train') say(`${cutLine(cut)}\n`)
    }
    const instances = [...new Set(scored.map(({ output }) => output.instance))]
    const names = instances.map(({ name }) => name)
    const { seed, randomWeights = false } = flags
    const store = trainedWeights(program, names, { seed, randomWeights }, folder, flags.checkpoint)
    const evaluator = new Evaluator({ program, store, runner, data, compileTaps })
    const shown = reportedInstances(program, instances)
    const scoring = (instance: ModelInstance): ScoringOptions => {
      const own = scored.filter(({ output }) => output.instance === instance)
      const metrics = [...new Set(own.flatMap(({ output }) => metricsOf(output.kind)))]
      return { only: own[0]?.data.name ?? '', final: true, metrics }
    }
    const models = reportModels(
      shown,
      (instance) => scoreModel(program, evaluator, data, instance, scoring(instance)),
      evaluator,
      () => performance.now(),
    )
    const heads = shown.flatMap((instance) => scoredHead(program, data, instance, scoring(instance)) ?? [])
    const baselines = scoreBaselines(program, data, heads)
    const report = { models, baselines, trained: models.map(({ name }) => name) }
    sayBackend(placesOf(models), runner)
    print(flags.json ? `${JSON.stringify(resultOf(report), null, 2)}\n` : `${reportText(report)}\n`)
  } finally {
    runner.dispose()
  }
}

/** Every head that fits the data of `--data`. Throws E0731 if there is none. */
function scoredOnData(program: Program, name: string): Scored[] {
  requireName('data', name, [...program.data.keys()])
  const data = program.data.get(name)
  const fitting = originals(program)
    .flatMap(headOutputs)
    .flatMap((output) => (data && fits(data, output) ? [{ output, data }] : []))
  if (data && fitting.length > 0) return fitting
  const reason =
    data?.test || data?.validation
      ? `no model has a head for the labels of data ${name}`
      : `data ${name} has neither a test nor a validation file`
  throw unmeasurable(reason, data)
}

/** Each model with the head and the data by which its run scores it at the end. Throws E0731. */
function scoredByLabels(program: Program, folder: RunFolder | undefined): Scored[] {
  const plan = new RunPlan(program, folder?.readConfig().stages)
  const scored = originals(program).flatMap((instance) => {
    const { metrics, preferred } = plan.finalScoring(instance)
    return scoredOn(program.data, instance, metrics, preferred) ?? []
  })
  if (scored.length > 0) return scored
  throw unmeasurable('no data block with a test or validation file has labels for a head of a model')
}

function originals(program: Program): ModelInstance[] {
  return [...program.instances.values()].filter(({ copyOf }) => !copyOf)
}

function unmeasurable(reason: string, data?: DataSpec): DiagnosticError {
  const span = data ? { span: data.span } : {}
  return new DiagnosticError(metricNotMeasurable({ metric: 'a score', reason, available: [], ...span }))
}

/** `glosses.test`; where models are scored on several blocks, each with its models. */
function placesOf(models: readonly ModelReport[]): string {
  const places = new Map<string, string[]>()
  for (const { name, score } of models) {
    if (!score) continue
    const place = `${score.data}.${score.split}`
    places.set(place, [...(places.get(place) ?? []), name])
  }
  if (places.size < 2) return [...places.keys()].join()
  return [...places].map(([place, names]) => `${place} (${names.join(', ')})`).join(', ')
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
    for (const problem of tableProblems(
      data,
      reachable(...answerTerms(output)),
      program.instances,
      pieces,
      name,
    ))
      reporter.report(problem)
  }
  if (reporter.failed) throw new DiagnosticError(...reporter.diagnostics)
}

function noCheckpoints(value: string): DiagnosticError {
  const expected = 'a checkpoint of a run, so name the folder of one instead of a spec'
  return new DiagnosticError(wrongFlagValue({ flag: '--checkpoint', value, expected }))
}
