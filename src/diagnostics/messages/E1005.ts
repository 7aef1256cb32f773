import { defineMessage, type Span } from '../diagnostic.ts'

export const E1005 = defineMessage<{
  stage: string
  sizes: string
  needed: string
  parts: string
  limit: string
  remedies: readonly string[]
  span: Span
}>({
  code: 'E1005',
  title: 'a stage needs more memory than there is',
  explanation: `What a training step holds at its fullest moment is known before anything is allocated: weights, optimizer, and the values of one micro-batch of full
length. Where that is more than the machine (or --memory) has, the run does not begin. Smaller micro-batches give the same training: their gradients are
added up. With --memory, values of the forward pass are computed again in the backward pass where that makes the step fit: the same numbers, with more work.

Fails:
    stage general { batch = 256  microbatch = 256 ... }    on a machine with 8 GiB

Passes:
    stage general { batch = 256  microbatch = 32 ... }`,
  build: ({ stage, sizes, needed, parts, limit, remedies, span }) => ({
    message: `stage ${stage} needs ${needed} for micro-batches of ${sizes} tokens, there are ${limit}`,
    span,
    label: parts,
    help:
      remedies.length > 0
        ? remedies.join('; or ')
        : 'no micro-batch is small enough: a smaller model is needed',
  }),
})
