import { defineMessage, type Span } from '../diagnostic.ts'

export const E0732 = defineMessage<{ stage: string; steps: number; span: Span }>({
  code: 'E0732',
  title: 'several steps need an optimizer',
  explanation: `One step gives losses and gradients and needs only \`minimize\`. A second step needs new weights, so the stage must say how they are
updated.

Fails:
    stage plain { minimize mse(S.hidden[1], T.hidden[1]) }          with --steps 5

Passes:
    stage plain { minimize mse(S.hidden[1], T.hidden[1]), optimizer = adamw(rate = constant(1e-3)) }`,
  build: ({ stage, steps, span }) => ({
    message: `stage ${stage} has no optimizer, so it cannot take ${steps} steps`,
    span,
    label: 'no optimizer here',
    help: 'add for example: optimizer = adamw(rate = constant(1e-3))',
  }),
})
