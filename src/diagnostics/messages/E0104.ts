import { defineMessage, type Span } from '../diagnostic.ts'

export const E0104 = defineMessage<{ span: Span; chain: readonly string[] }>({
  code: 'E0104',
  title: 'files that import each other',
  explanation: `Imports go one way, so that each file has a meaning of its own.

Fails:
    // a.distill
    import { x } from "b.distill"
    // b.distill
    import { y } from "a.distill"

Passes:
    // c.distill has what both need
    // a.distill
    import { x } from "c.distill"`,
  build: ({ span, chain }) => ({
    message: 'these files import each other',
    span,
    label: 'closes the circle',
    help: `${chain.join(' imports ')}; move what both need into a third file`,
  }),
})
