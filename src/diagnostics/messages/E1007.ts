import { defineMessage, type Span } from '../diagnostic.ts'

export const E1007 = defineMessage<{
  span: Span
  model: string
  backend: string
  off: string
  /** What may be said instead on this processor. */
  instead: readonly string[]
}>({
  code: 'E1007',
  title: 'this processor does not multiply int8 exactly',
  explanation: `Products of an unsigned and a signed byte need instructions that add them in 32 bits: VNNI on x86 processors (since 2019), dot products on ARM. Older ones
add pairs in 16 bits and cut off what is larger, so that results are wrong without a sign of it. Distill multiplies two small matrices of the largest
numbers to find out, and refuses where the result is not exact.

Fails:
    teacher T : bert_base { precision = int8 }     on a processor without VNNI

Passes:
    teacher T : bert_base { precision = float32 }`,
  build: ({ span, model, backend, off, instead }) => ({
    message: `\`${model}\` is in int8, but products in int8 of backend ${backend} are off by ${off} on this processor`,
    span,
    help: `the processor lacks VNNI, or dot products on ARM: say ${instead.map((one) => `precision = ${one}`).join(' or ')}`,
  }),
})
