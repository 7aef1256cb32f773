import { defineMessage, type Span } from '../diagnostic.ts'

export const E0717 = defineMessage<{
  span: Span
  instance: string
  copyStage: string
  stage: string
  copySpan: Span
}>({
  code: 'E0717',
  title: 'a copy is used before it is made',
  explanation: `\`teacher A = S after distil\` exists once the stage distil is done, so a stage that uses A stands after it.

Fails:
    teacher A = S after distil
    stage next { minimize soften(S.task.logits, A.task.logits) }

Passes:
    teacher A = S after distil
    stage next after distil { minimize soften(S.task.logits, A.task.logits) }`,
  build: ({ span, instance, copyStage, stage, copySpan }) => ({
    message: `stage \`${stage}\` uses \`${instance}\`, which is made after stage \`${copyStage}\``,
    span,
    secondary: [{ span: copySpan, text: `made after \`${copyStage}\`` }],
    help: `say: stage ${stage} after ${copyStage}`,
  }),
})
