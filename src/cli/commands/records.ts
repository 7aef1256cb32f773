/**
 * `distill records SPEC`: computes the records of frozen teachers ahead of a training, by one process or by
 * the ranks of `mpirun`.
 */
import type { Command } from 'commander'
import { openCluster } from '../../cluster/open-cluster.ts'
import { computeRecords } from '../../library/records.ts'
import { formatBytes, formatCount, formatDuration, listed } from '../../train/format.ts'
import type { StageRecords } from '../../train/stage/records-ahead.ts'
import { runnerOption } from '../backend-option.ts'
import { byRanks } from '../by-ranks.ts'
import { signalCode } from '../interrupt.ts'
import { say } from '../output.ts'
import { passesOption } from '../passes.ts'
import { type RunFlags, runOptions } from '../run-options.ts'
import { threadsOption } from '../threads-option.ts'

export function register(program: Command): void {
  program
    .command('records')
    .description(
      'compute the values of frozen teachers that the stages of a spec train on; train --resume takes them',
    )
    .argument('<spec>', 'a .distill file')
    .addOption(runOptions.stage())
    .option('--out <folder>', 'the run folder, new or begun (default: runs/DATE-SPEC)')
    .addOption(runnerOption())
    .addOption(threadsOption())
    .option(
      '--allow-inexact',
      'continue also with what changes the last digits, such as another backend or version',
    )
    .addOption(runOptions.setting())
    .addOption(runOptions.maxSteps())
    .addOption(runOptions.seed())
    .addOption(runOptions.randomWeights())
    .addOption(runOptions.memory())
    .addOption(runOptions.cache())
    .addOption(passesOption())
    .addOption(runOptions.deadline())
    .addOption(runOptions.plain())
    .action(records)
}

async function records(spec: string, flags: RunFlags): Promise<void> {
  const { stage: stages, set: settings, plain = false, deadline, ...rest } = flags
  const cluster = await openCluster({ deadline })
  const again = (folder: string): string => `distill records ${spec} --out ${folder}`
  await byRanks(cluster, { again, plain, open: false }, async (display, signal) => {
    const result = await computeRecords(spec, { ...rest, stages, settings, signal, cluster }, display)
    display.end()
    if (cluster.rank > 0) return
    const { records: made, interrupted, folder } = result
    const last =
      interrupted !== undefined
        ? `stopped in stage ${interrupted}; continue with: ${again(folder)}`
        : made.length > 0
          ? `train on them with: distill train ${spec} --resume --out ${folder}`
          : `no stage needs records: distill train ${spec} --resume --out ${folder}`
    say(`${[...made.map(lineOf), last].join('\n')}\n`)
    if (interrupted !== undefined) process.exitCode = signalCode(signal.reason)
  })
}

/** `records of distil: T on 9,804 examples, 6.1 MB, computed in 52 s -> runs/a/frozen/distil.records` */
function lineOf({ stage, models, examples, found, bytes, seconds, file }: StageRecords): string {
  const before = found > 0 ? `, ${formatCount(found)} of them before` : ''
  const how = found === examples ? 'computed before' : `computed in ${formatDuration(seconds)}${before}`
  return `records of ${stage}: ${listed(models)} on ${formatCount(examples)} examples, ${formatBytes(bytes)}, ${how} -> ${file}`
}
