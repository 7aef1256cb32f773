import { defineMessage, type Span } from '../diagnostic.ts'

export const E0431 = defineMessage<{
  span: Span
  component: string
  parent: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0431',
  title: 'a path leads nowhere',
  explanation: `A path names bindings of a model, one component after another; this component is none of those that follow.

Fails:
    stage s { train S.layr[1], minimize imitate }

Passes:
    stage s { train S.layer[1], minimize imitate }`,
  build: ({ span, component, parent, suggestion, known }) => ({
    message:
      known.length === 0 && parent !== ''
        ? `nothing called \`${component}\` is under \`${parent}\``
        : parent === ''
          ? `nothing is called \`${component}\` here`
          : `\`${parent}\` has no \`${component}\``,
    span,
    ...(suggestion === undefined
      ? known.length === 0
        ? {}
        : { help: `known here: ${known.join(', ')}` }
      : { label: `did you mean \`${suggestion}\`?` }),
  }),
})
