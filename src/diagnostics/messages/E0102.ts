import { defineMessage, type Span } from '../diagnostic.ts'

export const E0102 = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0102',
  title: 'a name declared twice',
  explanation: `One name has one meaning in a file; an import counts as a declaration (\`import { g as h }\` gives
another name).

Fails:
    map g : a -> b = uniform
    map g : a -> b = last

Passes:
    map g : a -> b = uniform
    map h : a -> b = last`,
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is declared twice`,
    span,
    label: 'a second time here',
    secondary: [{ span: first, text: 'first declared here' }],
  }),
})
