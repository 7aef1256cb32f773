import { defineMessage, type Span } from '../diagnostic.ts'

export const E0112 = defineMessage<{ span: Span; name: string; chain: readonly string[] }>({
  code: 'E0112',
  title: 'a definition that needs itself',
  explanation: `Definitions do not recurse: following the names of this one comes back to it.

Fails:
    def f(x) = f(x) + 1

Passes:
    def f(x) = x + 1`,
  build: ({ span, name, chain }) => ({
    message: `\`${name}\` is defined by itself`,
    span,
    label: 'needs itself',
    ...(chain.length > 2 ? { help: `the chain: ${chain.join(' -> ')}` } : {}),
  }),
})
