/** `--backend NAME` of the commands that compile for a backend without starting it. */
import { Option } from 'commander'
import { type BackendName, backendNames, capabilitiesOf, likelyBackend } from '../backends/index.ts'

export type BackendChoice = BackendName | 'auto'

export function backendOption(description: string): Option {
  return new Option('--backend <name>', description).choices(['auto', ...backendNames]).default('auto')
}

/** The backend meant and the fused ops it has; `auto` is what would start first here. */
export async function assumedBackend(
  choice: BackendChoice,
): Promise<{ readonly name: BackendName; readonly capabilities: ReadonlySet<string> }> {
  const name = choice === 'auto' ? await likelyBackend() : choice
  return { name, capabilities: await capabilitiesOf(name) }
}
