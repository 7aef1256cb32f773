import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0314 = defineMessage<{
  span: Span
  left: string
  right: string
  secondary?: readonly Label[] | undefined
  help?: string | undefined
}>({
  code: 'E0314',
  title: 'two vocabularies or label sets that may not mix',
  explanation: `A class axis counts the entries of one vocabulary or label set. Numbers of equal size do not
make two of them the same.

Fails:
    loss l = kl(S.task.logits, T.task.logits)    // heads of two label sets

Passes:
    teacher T : bert_base { heads { task = classifier(labelled.label) } }
    student S : tinybert_4 { heads { task = classifier(labelled.label) } }`,
  build: ({ span, left, right, secondary, help }) => ({
    message: `${left} and ${right} may not mix`,
    span,
    label: 'of two vocabularies or label sets',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})
