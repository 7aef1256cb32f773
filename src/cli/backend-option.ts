/** `--backend NAME`. */
import { InvalidArgumentError, Option } from 'commander'
import { chooseRunner } from '../backends/auto.ts'
import {
  type BackendName,
  backendNames,
  backendOf,
  capabilitiesOf,
  isRunnerName,
  type RunnerName,
} from '../backends/index.ts'

export type BackendChoice = RunnerName | 'auto'

/** Of the commands that run stages or models; `openRunners` says what is wrong with a name. */
export function runnerOption(
  description = 'auto (the fastest that starts here), or one that distill doctor lists',
): Option {
  return new Option('--backend <name>', description).default('auto')
}

/** Of the commands that compile for a backend. */
export function backendOption(description: string): Option {
  const choices = ['auto', ...backendNames]
  const option = new Option('--backend <name>', description).choices(choices).default('auto')
  return option.argParser((value: string): BackendChoice => {
    if (value === 'auto' || isRunnerName(value)) return value
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`)
  })
}

/** The backend meant and the fused ops it has; `auto` is what starts first here. */
export async function assumedBackend(
  choice: BackendChoice,
): Promise<{ readonly name: BackendName; readonly capabilities: ReadonlySet<string> }> {
  if (choice !== 'auto') {
    const name = backendOf(choice)
    return { name, capabilities: await capabilitiesOf(name) }
  }
  const { name, runner } = await chooseRunner()
  runner.dispose()
  return { name, capabilities: runner.capabilities ?? new Set() }
}
