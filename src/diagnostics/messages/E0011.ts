import { defineMessage, type Span } from '../diagnostic.ts'

export const E0011 = defineMessage<{ span: Span; variable: string; again: string; first: Span }>({
  code: 'E0011',
  title: 'an index that is not the variable of its `for`',
  explanation: `In \`layer[m] for m in 1..layers\` the name in the brackets and the name after \`for\` are the same variable.

Fails:
    model m { tap hidden[m] for k in 1..layers = layer[m].output }

Passes:
    model m { tap hidden[m] for m in 1..layers = layer[m].output }`,
  build: ({ span, variable, again, first }) => ({
    message: `the index is \`${variable}\`, but the loop runs over \`${again}\``,
    span,
    label: `expected \`${variable}\``,
    secondary: [{ span: first, text: 'the index' }],
  }),
})
