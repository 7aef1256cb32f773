/** What the heads of models answer, and which data blocks have such answers. */
import { type MetricName, metricsOf } from './metric-names.ts'
import type { DataSpec, ModelInstance } from './program.ts'
import { taskKinds } from './task-kinds.ts'
import { type HeadOutput, taskFacts } from './tasks.ts'

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

/** The taps that scores of a head read, in one run. */
export function answerPaths({ path, endPath }: HeadOutput): string[] {
  return endPath === undefined ? [path] : [path, endPath]
}

/** The data block that a head can be scored on: `preferred` if it fits, else the one its classes come from, else the first that fits. */
export function dataFor(
  blocks: ReadonlyMap<string, DataSpec>,
  output: HeadOutput,
  preferred?: string,
): DataSpec | undefined {
  const fitting = [...blocks.values()].filter((data) => fits(data, output))
  const source = /^labels (.+)\.label$/.exec(output.identity ?? '')?.[1]
  return (
    fitting.find(({ name }) => name === preferred) ??
    fitting.find(({ name }) => name === source) ??
    fitting[0]
  )
}

/** Does a data block have a held-out file with answers of the head's kind? */
export function fits(data: DataSpec, output: HeadOutput): boolean {
  return (data.validation !== undefined || data.test !== undefined) && suits(data, output)
}

/** Are the answers of a data block, held out or not, of the head's kind? */
export function suits(data: DataSpec, output: HeadOutput): boolean {
  return taskFacts[output.kind].suits(data, output)
}

/** In the order in which a score is looked for: heads with more of the wanted metrics first, else as declared. */
export function byMetrics(outputs: readonly HeadOutput[], wanted: readonly string[]): HeadOutput[] {
  return outputs.toSorted((a, b) => wantedOf(b, wanted).length - wantedOf(a, wanted).length)
}

/** The metrics among these that a head's answers have, in the order in which they are wanted. */
export function wantedOf({ kind }: HeadOutput, wanted: readonly string[]): MetricName[] {
  const own = metricsOf(kind)
  return wanted.flatMap((name) => own.find((metric) => metric === name) ?? [])
}
