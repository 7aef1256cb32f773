import { defineMessage, type Span } from '../diagnostic.ts'

export const E0720 = defineMessage<{ span: Span; stage: string; missing: string; because: string }>({
  code: 'E0720',
  title: 'a stage lacks a setting',
  explanation: `A stage that has data is trained, and for that says how long and with which optimizer. (A stage for \`distill step\` needs only \`minimize\`.)

Fails:
    stage s { minimize imitate, data = labelled, optimizer = adamw(rate = 1e-4) }

Passes:
    stage s { minimize imitate, data = labelled, budget = 3 epochs, optimizer = adamw(rate = 1e-4) }`,
  build: ({ span, stage, missing, because }) => ({
    message: `stage \`${stage}\` does not say its ${missing}`,
    span,
    help: because,
  }),
})
