/** Options that `distill train` and `distill records` have in common: each means the same for both. */
import { Option } from 'commander'
import { collectSetting } from './load-spec.ts'
import { countingNumber, memorySize, wholeNumber } from './option-values.ts'

export interface RunFlags {
  passes?: string
  stage?: string[]
  out?: string
  backend: string
  allowInexact?: boolean
  set?: Record<string, string>
  maxSteps?: number
  seed?: number
  randomWeights?: boolean
  plain?: boolean
  memory?: number
  cache?: number
  deadline: number
}

export const runOptions = {
  stage: () =>
    new Option('--stage <name>', 'only this stage or family (may repeat)').argParser(
      (name, all: string[] = []) => [...all, name],
    ),
  setting: () =>
    new Option('--set <name=value>', 'replace a setting of the spec (may repeat)').argParser(collectSetting),
  maxSteps: () =>
    new Option('--max-steps <n>', 'upper limit of the steps of each stage').argParser(countingNumber),
  seed: () =>
    new Option(
      '--seed <n>',
      'seed of the initial weights, the order of examples and dropout (default: 0)',
    ).argParser(wholeNumber),
  randomWeights: () =>
    new Option('--random-weights', 'use random weights in place of checkpoints, to try a spec'),
  memory: () =>
    new Option(
      '--memory <size>',
      'memory limit, such as 2GiB: recompute activations to fit; fail if a stage still does not fit (default: the memory of this machine, without recomputing)',
    ).argParser(memorySize),
  cache: () =>
    new Option(
      '--cache <size>',
      'limit of the cache for values of frozen teachers, such as 4GiB (default: a quarter of the free space)',
    ).argParser(memorySize),
  deadline: () =>
    new Option('--deadline <seconds>', 'under mpirun: a process that does not answer for so long is lost')
      .argParser(countingNumber)
      .default(60),
  plain: () => new Option('--plain', 'print log lines with the time, as where the output is no terminal'),
}
