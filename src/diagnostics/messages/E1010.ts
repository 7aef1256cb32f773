import { defineMessage } from '../diagnostic.ts'

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`

export const E1010 = defineMessage<{
  adapter: string
  shape: readonly number[]
  bytes: number
  largest: number
}>({
  code: 'E1010',
  title: 'a value is larger than the GPU can give to a kernel',
  explanation: `WebGPU limits how large one buffer may be, however much memory the GPU has. The largest values of a step are usually the logits over a
vocabulary, and the scores of attention: both grow with the micro-batch.

Fails where a buffer may have 128 MiB:   batch = 32, microbatch = 32    (32 x 128 x 30522 logits are 477 MiB)
Passes:                                  batch = 32, microbatch = 8`,
  build: ({ adapter, shape, bytes, largest }) => ({
    message: `a value [${shape.join(', ')}] of ${mebibytes(bytes)} does not fit into one buffer of the GPU (${adapter}: ${mebibytes(largest)})`,
    help: 'make the micro-batch smaller (`microbatch = ..` in the stage), or take another backend (`--backend wasm`)',
  }),
})
