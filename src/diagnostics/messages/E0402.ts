import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0402 = defineMessage<{
  span: Span
  layers: number
  groups: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0402',
  title: 'layers that do not divide into groups',
  explanation: `Groups of a count have equal sizes; a list says other ones.

Fails:
    share layer[*] in 5 groups      // of 12 layers

Passes:
    share layer[*] in 4 groups
    share layer[*] in [1..2, 3..12]`,
  build: ({ span, layers, groups, secondary }) => ({
    message: `${layers} layers do not divide into ${groups} groups`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: `a list says it: share ... in [1..${Math.max(1, Math.floor(layers / 2))}, ${Math.floor(layers / 2) + 1}..${layers}]`,
  }),
})
