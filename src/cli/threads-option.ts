/** `--threads N`: sets the environment variable for the number of threads, for one command. */
import { Option } from 'commander'
import { threadsSetting } from '../backends/threads.ts'
import { countingNumber } from './option-values.ts'

export function threadsOption(): Option {
  return new Option(
    '--threads <n>',
    `threads of the backends native and onnxruntime (default: ${threadsSetting}, or all cores that the process may use)`,
  ).argParser(countingNumber)
}

/** To be called with the options before a command acts, so that every backend reads the number. */
export function takeThreads({ threads }: { readonly threads?: number }): void {
  if (threads !== undefined) process.env[threadsSetting] = String(threads)
}
