import { defineMessage } from '../diagnostic.ts'

export const E1111 = defineMessage<{ backend: string }>({
  code: 'E1111',
  title: 'a backend that is not made to be fast has no profile',
  explanation: `\`distill profile\` measures the kernels of a backend. The reference evaluator has none: it is the plain arithmetic that the others are compared with.

Fails:
    distill profile demo.distill --backend reference

Passes:
    distill profile demo.distill --backend wasm`,
  build: ({ backend }) => ({
    message: `the backend ${backend} cannot be profiled`,
    help: 'leave out --backend, or name one that `distill doctor` measures, such as wasm',
  }),
})
