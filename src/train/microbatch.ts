/** Cutting a batch of host tensors into micro-batches along the example axis. */
import type { Batch } from '../data/dataset.ts'
import type { HostTensor } from '../run/runner.ts'

/** Micro-batches of at most `size` examples, in order. Everything but `places` [token] has the example axis first. */
export function splitBatch(batch: Batch, size: number): Batch[] {
  if (size >= batch.B) return [batch]
  const parts: Batch[] = []
  for (let start = 0; start < batch.B; start += size) {
    const end = Math.min(batch.B, start + size)
    const inputs = new Map<string, HostTensor>()
    for (const [name, tensor] of batch.inputs) {
      inputs.set(name, name === 'places' ? tensor : rows(tensor, start, end))
    }
    const live = inputs.get('attended')?.data
    let liveTokens = 0
    if (live) for (const one of live) liveTokens += one
    parts.push({ B: end - start, L: batch.L, inputs, liveTokens, examples: batch.examples.slice(start, end) })
  }
  return parts
}

function rows(tensor: HostTensor, start: number, end: number): HostTensor {
  const [, ...rest] = tensor.shape
  const width = rest.reduce((product, n) => product * n, 1)
  return {
    dtype: tensor.dtype,
    shape: [end - start, ...rest],
    data: tensor.data.slice(start * width, end * width),
  }
}
