/** `--threads N` of the commands that run something: the setting of the environment, given for one command. */
import { Option } from 'commander'
import { threadsSetting } from '../backends/threads.ts'
import { countingNumber } from './option-values.ts'

export function threadsOption(): Option {
  return new Option(
    '--threads <n>',
    `threads of the backends native and onnxruntime (default: ${threadsSetting}, or all cores that the process may use)`,
  ).argParser(countingNumber)
}

/** To be called before a command acts, with its options: whatever starts a backend finds the number then. */
export function takeThreads({ threads }: { readonly threads?: number }): void {
  if (threads !== undefined) process.env[threadsSetting] = String(threads)
}
