/** `--backend NAME` for all commands that run or compile. */
import { Option } from 'commander'
import { backendChoices, requireBackend } from '../library/backends.ts'

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
  const option = new Option('--backend <name>', description).choices(backendChoices).default('auto')
  return option.argParser(requireBackend)
}
