import { defineMessage, type Span } from '../diagnostic.ts'

export const E0603 = defineMessage<{ span: Span; mask: string; shape: string }>({
  code: 'E0603',
  title: 'a mask on an axis that is not there',
  explanation: `masked and first_piece choose tokens, so the loss must have a token axis.

Fails:
    loss l = mse(S.hidden[4].first, T.hidden[4].first) where masked

Passes:
    loss l = mse(S.hidden[4], T.hidden[4]) where masked`,
  build: ({ span, mask, shape }) => ({
    message: `where ${mask}: ${shape} has no token axis`,
    span,
    label: 'no token axis',
  }),
})
