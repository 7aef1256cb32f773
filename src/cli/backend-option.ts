/** `--backend NAME`, of every command that computes: which names there are, and what each opens. */
import { Option } from 'commander'
import { chooseRunner } from '../backends/auto.ts'
import {
  type BackendName,
  backendNames,
  backendOf,
  capabilitiesOf,
  isRunnerName,
  type RunnerName,
} from '../backends/index.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { suggest } from '../diagnostics/suggest.ts'

export type BackendChoice = RunnerName | 'auto'

const choices = ['auto', ...backendNames]

/** Throws E1101, with a did-you-mean, for what is no backend. */
export function requireBackend(value: string): BackendChoice {
  if (value === 'auto' || isRunnerName(value)) return value
  const [backend = '', ...provider] = value.split(':')
  // a provider is up to what is installed: what stands before it can be misspelt here
  const candidates = provider.length > 0 ? ['onnxruntime'] : choices
  // `gpu` is part of webgpu, and nearer to cpu by its letters
  const near = candidates.find((name) => partOf(backend, name)) ?? suggest(backend, candidates)
  const expected = `${choices.join(', ')}, or onnxruntime:PROVIDER (distill doctor lists them)`
  const suggestion = near && [near, ...provider].join(':')
  throw new DiagnosticError(wrongFlagValue({ flag: '--backend', value, expected, suggestion }))
}

function partOf(written: string, name: string): boolean {
  return written.length >= 3 && name.includes(written.toLowerCase())
}

/** Of the commands that run stages or models; `openRunners` says what is wrong with a name, after the spec was checked. */
export function runnerOption(
  description = 'auto (the fastest that starts here), one that distill doctor lists, or onnxruntime:PROVIDER',
): Option {
  return new Option('--backend <name>', description).default('auto')
}

/** Of the commands that compile for a backend. */
export function backendOption(description: string): Option {
  const option = new Option('--backend <name>', description).choices(choices).default('auto')
  return option.argParser(requireBackend)
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
