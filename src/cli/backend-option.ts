/** `--backend NAME` of the commands that compile for a backend without starting it. */
import { InvalidArgumentError, Option } from 'commander'
import {
  type BackendName,
  backendNames,
  backendOf,
  capabilitiesOf,
  isRunnerName,
  likelyBackend,
  type RunnerName,
} from '../backends/index.ts'

export type BackendChoice = RunnerName | 'auto'

export function backendOption(description: string): Option {
  const choices = ['auto', ...backendNames]
  const option = new Option('--backend <name>', description).choices(choices).default('auto')
  return option.argParser((value: string): BackendChoice => {
    if (value === 'auto' || isRunnerName(value)) return value
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`)
  })
}

/** The backend meant and the fused ops it has; `auto` is what would start first here. */
export async function assumedBackend(
  choice: BackendChoice,
): Promise<{ readonly name: BackendName; readonly capabilities: ReadonlySet<string> }> {
  const name = choice === 'auto' ? await likelyBackend() : backendOf(choice)
  return { name, capabilities: await capabilitiesOf(name) }
}
