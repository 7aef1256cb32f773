/** Reads the targets that the data gives a batch, such as `batch.label`. */
import type { Batch } from '../../data/dataset.ts'
import type { HostTensor } from '../../run/runner.ts'

/** The target of a batch by its name in the graph. */
export function target({ inputs }: Batch, name: string): HostTensor['data'] {
  const found = inputs.get(name)
  if (!found) throw new Error(`the batch has no ${name}`)
  return found.data
}
