import { defineMessage, type Span } from '../diagnostic.ts'

export const E0710 = defineMessage<{ span: Span; name: string; suggestion: string | undefined }>({
  code: 'E0710',
  title: 'no such optimizer',
  explanation: `The optimizers are adamw, adam, sgd, bert_adam and lamb.

Fails:
    stage s { minimize imitate, optimizer = adamv(rate = constant(1e-4)) }

Passes:
    stage s { minimize imitate, optimizer = adamw(rate = constant(1e-4)) }`,
  build: ({ span, name, suggestion }) => ({
    message: `there is no optimizer \`${name}\``,
    span,
    ...(suggestion === undefined ? {} : { label: `did you mean \`${suggestion}\`?` }),
    help: 'the optimizers are adamw, adam, sgd, bert_adam and lamb',
  }),
})
