/**
 * `distill profile SPEC --stage NAME` prints the time of a training step by operation and by line of the
 * spec.
 */
import { type Command, InvalidArgumentError } from 'commander'
import { matrixSpeed } from '../../backends/doctor.ts'
import { isBackendName } from '../../backends/index.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { noProfile } from '../../diagnostics/messages/command-line.ts'
import { printProfile } from '../../explain/print-profile.ts'
import { profileStage } from '../../explain/profile.ts'
import type { BackendChoice } from '../../library/backends.ts'
import { readPasses } from '../../library/passes.ts'
import { settlePrecisions } from '../../library/precision.ts'
import { compileStage } from '../../lower/stage.ts'
import { Executor } from '../../run/executor.ts'
import { backendOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { openRunners, printNote, sayBackend } from '../open-run.ts'
import { memorySize } from '../option-values.ts'
import { print } from '../output.ts'
import { passesOption } from '../passes.ts'
import { threadsOption } from '../threads-option.ts'
import { stageNamed } from './compile.ts'

interface ProfileOptions {
  stage?: string
  backend: BackendChoice
  steps: number
  batch?: number
  length?: number
  json?: boolean
  passes?: string
  memory?: number
  set?: Record<string, string>
}

/**
 * The default limit of examples x tokens, so that a profile does not take long. `--batch` and `--length`
 * override it.
 */
const usualPositions = 1024

function atLeastOne(value: string): number {
  const n = Number(value)
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('it is not a whole number of at least 1')
  return n
}

export function register(program: Command): void {
  program
    .command('profile')
    .description(
      'measure the time and bytes of a training step, by operation and by line of the spec, most expensive first',
    )
    .argument('<spec>', 'a .distill file')
    .option('--stage <name>', 'the stage (default: the first)')
    .addOption(backendOption('the backend that runs the step'))
    .addOption(threadsOption())
    .option('--steps <n>', 'measured steps, after one warm-up step', atLeastOne, 3)
    .option(
      '--batch <n>',
      `examples (default: the stage's micro-batch, up to ${usualPositions} tokens)`,
      atLeastOne,
    )
    .option('--length <n>', "tokens of an example (default: the data's max_length, up to 128)", atLeastOne)
    .option('--json', 'all operations and lines as JSON on standard output')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .option(
      '--memory <size>',
      'memory limit, such as 2GiB: recompute activations as training would at the full micro-batch',
      memorySize,
    )
    .addOption(passesOption())
    .action(async (spec: string, options: ProfileOptions) => {
      const checked = loadSpec(spec, options)
      if (!checked) return
      const stage = stageNamed(checked, options.stage)
      const data = stage.data === undefined ? undefined : checked.data.get(stage.data)
      const L = options.length ?? Math.min(data?.maxLength ?? 128, 128)
      const B =
        options.batch ??
        Math.max(1, Math.min(stage.microbatch ?? stage.batch, Math.floor(usualPositions / L)))
      // A runner that compiles complete graphs has no times of single nodes.
      const { runner } = await openRunners(options.backend, (name) => name !== 'onnxruntime')
      try {
        if (!(runner instanceof Executor) || !isBackendName(runner.name))
          throw new DiagnosticError(noProfile({ backend: runner.name }))
        sayBackend(`${checked.file}, stage ${stage.name}`, runner)
        const automatic = await settlePrecisions(checked, [stage], runner, { note: printNote })
        const profile = profileStage({
          program: checked,
          stage,
          graphs: compileStage(checked, stage, {
            passes: readPasses(options.passes),
            hoist: true,
            keepUnread: true,
            memory: options.memory,
            automatic,
            ...(runner.capabilities === undefined ? {} : { capabilities: runner.capabilities }),
          }),
          runner,
          sizes: { B, L },
          steps: options.steps,
          peak: await matrixSpeed(runner.name),
        })
        print(options.json ? `${JSON.stringify(profile, null, 2)}\n` : printProfile(profile))
      } finally {
        runner.dispose()
      }
    })
}
