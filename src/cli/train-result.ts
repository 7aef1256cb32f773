/** What `distill train` prints at its end, and its exit code. */

import type { TrainedWeights } from '../library/run-result.ts'
import type { TrainResult } from '../library/train.ts'
import type { SweepResult } from '../library/train-sweep.ts'
import { baselineLines, unbeatenLines } from '../train/baselines/baseline-lines.ts'
import { formatCount, wrapped } from '../train/format.ts'
import { balanceLine } from '../train/ranks/balance.ts'
import { baselinesToJson, formatReport, reportToJson } from '../train/report.ts'
import type { RunReport } from '../train/report-file.ts'
import { formatSeeds, summarizeSeeds } from '../train/seeds.ts'
import { formatSweep, summarizeSweep, sweepToJson } from '../train/sweep-table.ts'
import { signalCode } from './interrupt.ts'
import { exitCodes, printDiagnostics } from './outcome.ts'
import { print, say } from './output.ts'

/** `out`: the folder that the command line named. */
export function printTrainResult(
  result: TrainResult,
  {
    spec,
    out,
    json,
    signal,
  }: {
    readonly spec: string
    readonly out?: string | undefined
    readonly json: boolean
    /** Its reason is the name of the signal that interrupted the run. */
    readonly signal: AbortSignal
  },
): void {
  switch (result.kind) {
    case 'finished': {
      const { folder, report, weights, balance } = result
      print(
        json
          ? `${JSON.stringify({ run: folder, ...resultOf(report) }, null, 2)}\n`
          : `\n${reportText(report)}\n`,
      )
      const ranks = balance ? [`  ${balanceLine(balance)}`] : []
      say(`${[...weights.map(weightsLine), ...ranks].join('\n')}\n`)
      return
    }
    case 'stopped':
      printDiagnostics([result.diagnostic], new Map())
      process.exitCode = exitCodes.runFailed
      return
    case 'interrupted': {
      // The run that began last needs no name.
      const named = out ?? (result.out === result.folder ? undefined : result.out)
      const again = `distill train ${spec} --resume${named === undefined ? '' : ` --out ${named}`}`
      say(`saved at step ${formatCount(result.step)} of stage ${result.stage}; continue with: ${again}\n`)
      process.exitCode = signalCode(signal.reason)
      return
    }
    case 'left':
      say(
        `the runs that are left are those of other processes; wait for them with: distill train ${spec} --join ${result.out}\n`,
      )
      process.exitCode = signalCode(signal.reason)
      return
    case 'tried':
      say(
        `dry run: ${result.stages} stage${result.stages === 1 ? '' : 's'} of two steps, with evaluation, save and reload, succeeded; nothing was kept\n`,
      )
      return
    case 'swept':
      printSweep(result, json)
  }
}

/** Of `train` and `eval`, as JSON. */
export function resultOf({ models, baselines }: Omit<RunReport, 'trained'>) {
  return { models: reportToJson(models), baselines: baselinesToJson(baselines) }
}

/** The final table, and the models that do not beat counting. */
export function reportText({ models, baselines, trained }: RunReport): string {
  const scores = models.flatMap(({ name, score }) => (score && trained.includes(name) ? score : []))
  const columns = process.stdout.columns || 100
  const unbeaten = unbeatenLines(scores, baselines).map((line) => wrapped(`  ${line}`, columns))
  return [formatReport(models, baselines, columns), ...unbeaten].join('\n')
}

function weightsLine({ model, file, best }: TrainedWeights): string {
  return best
    ? `  best ${model}: step ${formatCount(best.step)} of stage ${best.stage} -> ${file}`
    : `  ${model} -> ${file}`
}

function printSweep(
  { folder, settings, seeds, combinations, runs, trained }: Extract<SweepResult, { kind: 'swept' }>,
  json: boolean,
): void {
  if (trained === 0) say(`all ${runs.length} runs were finished before: ${folder}\n`)
  const summaries = summarizeSweep(combinations)
  const reports = combinations[0]?.reports.map(({ models }) => models) ?? []
  if (json) {
    const only = settings.length === 0 ? { seeds: summarizeSeeds(reports) } : {}
    const all = { sweep: folder, ...only, combinations: sweepToJson(summaries), runs }
    print(`${JSON.stringify(all, null, 2)}\n`)
  } else if (settings.length === 0) {
    print(`\n${seeds.length} seeds\n${formatSeeds(summarizeSeeds(reports))}\n`)
  } else {
    const each = seeds.length === 1 ? '' : `, ${seeds.length} seeds each`
    print(
      `\n${combinations.length} combinations of ${settings.join(', ')}${each}\n${formatSweep(summaries, process.stdout.columns || 100)}\n`,
    )
  }
  const baselines = combinations.flatMap(({ reports: all }) => all.flatMap((one) => one.baselines))
  const columns = process.stdout.columns || 100
  if (!json) for (const line of baselineLines(baselines)) print(`${wrapped(`  ${line}`, columns)}\n`)
  if (combinations.some(({ stopped }) => stopped.length > 0)) process.exitCode = exitCodes.runFailed
}
