import { defineMessage, type Span } from '../diagnostic.ts'

export const E0719 = defineMessage<{ span: Span; stage: string; found: string; why: string }>({
  code: 'E0719',
  title: 'stages that cannot continue one another',
  explanation: `The moments of one optimizer mean nothing to another.

Fails:
    stage r { minimize imitate, optimizer = lamb(rate = 1e-3) }
    stage s after r { minimize imitate, optimizer = adamw(rate = 1e-3), continue optimizer }

Passes:
    stage r { minimize imitate, optimizer = lamb(rate = 1e-3) }
    stage s after r { minimize imitate, continue optimizer }`,
  build: ({ span, stage, found, why }) => ({
    message: `stage \`${stage}\` cannot continue the optimizer: ${found}`,
    span,
    help: why,
  }),
})
