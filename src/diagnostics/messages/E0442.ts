import { defineMessage, type Span } from '../diagnostic.ts'

export const E0442 = defineMessage<{ span: Span; path: string; parameter: string }>({
  code: 'E0442',
  title: 'a names line for a block',
  explanation: `Parameters belong to bindings: the line must go on to one, or have lines of its own in braces.

Fails:
    names huggingface { layer[m].ffn -> "ffn" }

Passes:
    names huggingface { layer[m].ffn -> "ffn" { up -> "up", down -> "down", norm -> "norm" } }`,
  build: ({ span, path, parameter }) => ({
    message: `\`${path}\` is a block, not a binding`,
    span,
    help: `\`${parameter}\` is under it: name its bindings in braces`,
  }),
})
