import { defineMessage, type Span } from '../diagnostic.ts'

export const E0441 = defineMessage<{ span: Span; hole: string; problem: string }>({
  code: 'E0441',
  title: 'a hole in a name that is no whole number',
  explanation: `What stands in { } is worked out for each layer; it has to be a whole number.

Fails:
    names huggingface { layer[m] -> "layer.{m / 2}" { ffn.up -> "up" } }

Passes:
    names huggingface { layer[m] -> "layer.{m - 1}" { ffn.up -> "up" } }`,
  build: ({ span, hole, problem }) => ({ message: `{${hole}} ${problem}`, span }),
})
