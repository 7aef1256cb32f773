import { defineMessage, type Span } from '../diagnostic.ts'

export const E0007 = defineMessage<{ span: Span; text: string }>({
  code: 'E0007',
  title: 'a reserved word used as a name',
  explanation: `if, then, else, per, where, within, init and require cannot be names, because each of them can follow or begin an
expression. All other words can.

Fails:
    setting init = "uniform"

Passes:
    setting initialisation = "uniform"`,
  build: ({ span, text }) => ({
    message: `\`${text}\` is a reserved word and cannot be a name`,
    span,
    help: `choose another name, such as \`${text}_\``,
  }),
})
