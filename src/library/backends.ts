/** Backends by their names, and the runner of each. */
import { chooseRunner, passedOverLine } from '../backends/auto.ts'
import {
  type BackendName,
  backendNames,
  backendOf,
  capabilitiesOf,
  createRunner,
  isRunnerName,
  type RunnerName,
} from '../backends/index.ts'
import { missingPart, reasonOf } from '../backends/reason.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { wrongFlagValue } from '../diagnostics/messages/command-line.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { Runner } from '../run/runner.ts'

export type BackendChoice = RunnerName | 'auto'

export const backendChoices: readonly string[] = ['auto', ...backendNames]

export interface Runners {
  readonly runner: Runner
  /** Counts denominators exactly. */
  readonly counter: Runner
}

/** Throws E1101 for an unknown backend, with the nearest known name. */
export function requireBackend(value: string): BackendChoice {
  if (value === 'auto' || isRunnerName(value)) return value
  const [backend = '', ...provider] = value.split(':')
  // Providers depend on the installation. Only the name in front of them can be checked here.
  const candidates = provider.length > 0 ? ['onnxruntime'] : backendChoices
  // `gpu` is a part of webgpu, but its letters are nearer to cpu
  const near = candidates.find((name) => partOf(backend, name)) ?? suggest(backend, candidates)
  const expected = `${backendChoices.join(', ')}, or onnxruntime:PROVIDER (distill doctor lists them)`
  const suggestion = near && [near, ...provider].join(':')
  throw new DiagnosticError(wrongFlagValue({ flag: '--backend', value, expected, suggestion }))
}

function partOf(written: string, name: string): boolean {
  return written.length >= 3 && name.includes(written.toLowerCase())
}

/**
 * @param suits what `auto` may take
 * @param note is called with the reason why a faster backend does not start
 * @throws DiagnosticError E1101 for an unknown backend or one that does not start here, E1120 for one that
 * lacks a library of the machine
 */
export async function openRunners(
  value: string,
  {
    suits,
    note,
  }: { readonly suits?: (name: BackendName) => boolean; readonly note?: (text: string) => void } = {},
): Promise<Runners> {
  const name = requireBackend(value)
  try {
    const runner = name === 'auto' ? await openFastest(suits, note) : await createRunner(name)
    return { runner, counter: await createRunner('reference') }
  } catch (error) {
    if (missingPart(error) !== undefined) throw error
    const reason = reasonOf(error)
    const expected = `a backend that starts here (${reason}); distill doctor lists them`
    throw new DiagnosticError(wrongFlagValue({ flag: '--backend', value: name, expected }))
  }
}

async function openFastest(
  suits?: (name: BackendName) => boolean,
  note?: (text: string) => void,
): Promise<Runner> {
  const chosen = await chooseRunner(suits)
  const line = passedOverLine(chosen)
  if (line !== undefined) note?.(line)
  return chosen.runner
}

/** The backend of a name and its fused ops. `auto` is the first backend that starts here. */
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
