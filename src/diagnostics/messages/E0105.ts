import { defineMessage, type Span } from '../diagnostic.ts'

export const E0105 = defineMessage<{
  span: Span
  name: string
  from: string
  similar?: string | undefined
  declared: readonly string[]
}>({
  code: 'E0105',
  title: 'an imported name that the file does not declare',
  explanation: `Imports are selective: each name must be one that the file declares or imports itself.

Fails:
    import { bert_bas } from "std/bert.distill"

Passes:
    import { bert_base } from "std/bert.distill"`,
  build: ({ span, name, from, similar, declared }) => ({
    message: `${from} has no \`${name}\``,
    span,
    ...(similar === undefined ? whatThereIs(declared) : { label: `did you mean \`${similar}\`?` }),
  }),
})

function whatThereIs(declared: readonly string[]): { help?: string } {
  return declared.length === 0 ? {} : { help: `it has ${declared.join(', ')}` }
}
