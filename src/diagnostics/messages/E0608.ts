import { defineMessage, type Span } from '../diagnostic.ts'

export const E0608 = defineMessage<{ span: Span; weights: number; classes: string }>({
  code: 'E0608',
  title: 'class weights of the wrong number',
  explanation: `\`weights = [...]\` gives one factor for each class.

Fails:
    cross_entropy(S.task.logits, batch.label, weights = [1, 2, 3])   // of two classes

Passes:
    cross_entropy(S.task.logits, batch.label, weights = [1, 2])`,
  build: ({ span, weights, classes }) => ({
    message: `${weights} class weights for ${classes} classes`,
    span,
  }),
})
