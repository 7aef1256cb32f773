/** `--backend NAME` for all commands that run or compile: the names, and the runner of each. */
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

/** Throws E1101 for an unknown backend, with the nearest known name. */
export function requireBackend(value: string): BackendChoice {
  if (value === 'auto' || isRunnerName(value)) return value
  const [backend = '', ...provider] = value.split(':')
  // Providers depend on the installation. Only the name in front of them can be checked here.
  const candidates = provider.length > 0 ? ['onnxruntime'] : choices
  // `gpu` is a part of webgpu, but its letters are nearer to cpu
  const near = candidates.find((name) => partOf(backend, name)) ?? suggest(backend, candidates)
  const expected = `${choices.join(', ')}, or onnxruntime:PROVIDER (distill doctor lists them)`
  const suggestion = near && [near, ...provider].join(':')
  throw new DiagnosticError(wrongFlagValue({ flag: '--backend', value, expected, suggestion }))
}

function partOf(written: string, name: string): boolean {
  return written.length >= 3 && name.includes(written.toLowerCase())
}

/**
 * For commands that run stages or models. `openRunners` reports an unknown name, after the spec was checked.
 */
export function runnerOption(
  description = 'auto (the fastest that starts here), one that distill doctor lists, or onnxruntime:PROVIDER',
): Option {
  return new Option('--backend <name>', description).default('auto')
}

/** For commands that compile for a backend. */
export function backendOption(description: string): Option {
  const option = new Option('--backend <name>', description).choices(choices).default('auto')
  return option.argParser(requireBackend)
}

/** The backend of the option and its fused ops. `auto` is the first backend that starts here. */
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
