/** The answers that heads give, and the data blocks that have such answers. */
import { type MetricName, metricsOf } from './metric-names.ts'
import type { DataSpec, ModelInstance } from './program.ts'
import { taskKinds } from './task-kinds.ts'
import { type HeadOutput, taskFacts } from './tasks.ts'
import type { Term } from './tensor-term.ts'

/** The outputs of a model's heads that a metric can be computed from, in the order of the heads. */
export function headOutputs(instance: ModelInstance): HeadOutput[] {
  const { heads, taps } = instance
  return [...heads.keys()].flatMap((head) => {
    const paths = [...taps.keys()].filter((path) => path.startsWith(`${head}.`)).reverse()
    for (const path of paths)
      for (const kind of taskKinds) {
        const answer = taskFacts[kind].answer(path, taps)
        if (answer) return [{ instance, head, kind, ...answer }]
      }
    return []
  })
}

/** The taps that the scores of a head need, evaluated together. */
export function answerPaths({ path, endPath }: HeadOutput): string[] {
  return endPath === undefined ? [path] : [path, endPath]
}

/** The name of the data block that a head's classes come from, if they come from one. */
export function labelledBy({ identity = '' }: HeadOutput): string | undefined {
  return /^labels (.+)\.label$/.exec(identity)?.[1]
}

/**
 * The data block on which a head can be scored: `preferred` if it fits, otherwise the one that its classes
 * come from, otherwise the first that fits.
 */
export function dataFor(
  blocks: ReadonlyMap<string, DataSpec>,
  output: HeadOutput,
  preferred?: string,
): DataSpec | undefined {
  const fitting = [...blocks.values()].filter((data) => fits(data, output))
  const source = labelledBy(output)
  return (
    fitting.find(({ name }) => name === preferred) ??
    fitting.find(({ name }) => name === source) ??
    fitting[0]
  )
}

/**
 * The head by which a model is scored, and the data: of the heads that have data, the one with most of the
 * wanted metrics.
 */
export function scoredOn(
  blocks: ReadonlyMap<string, DataSpec>,
  instance: ModelInstance,
  wanted: readonly string[],
  preferred?: string,
): { readonly output: HeadOutput; readonly data: DataSpec } | undefined {
  for (const output of byMetrics(headOutputs(instance), wanted)) {
    const data = dataFor(blocks, output, preferred)
    if (data) return { output, data }
  }
  return undefined
}

/** The terms that the scores of a head read. */
export function answerTerms(output: HeadOutput): Term[] {
  return answerPaths(output).flatMap((path) => output.instance.taps.get(path) ?? [])
}

/** Whether a data block has a held-out file with answers of the head's kind. */
export function fits(data: DataSpec, output: HeadOutput): boolean {
  return (data.validation !== undefined || data.test !== undefined) && suits(data, output)
}

/** Whether the answers of a data block, held out or not, are of the head's kind. */
export function suits(data: DataSpec, output: HeadOutput): boolean {
  return taskFacts[output.kind].suits(data, output)
}

/**
 * In the order in which a score is looked for: heads with more of the wanted metrics first, otherwise as
 * declared.
 */
export function byMetrics(outputs: readonly HeadOutput[], wanted: readonly string[]): HeadOutput[] {
  return outputs.toSorted((a, b) => wantedOf(b, wanted).length - wantedOf(a, wanted).length)
}

/** Those of the wanted metrics that apply to a head's answers, in their order. */
export function wantedOf({ kind }: HeadOutput, wanted: readonly string[]): MetricName[] {
  const own = metricsOf(kind)
  return wanted.flatMap((name) => own.find((metric) => metric === name) ?? [])
}
