import { defineMessage, type Span } from '../diagnostic.ts'

export const E0721 = defineMessage<{ span: Span; stage: string; instance: string; setting: Span }>({
  code: 'E0721',
  title: 'a model in int8 is trained',
  explanation: `Products in int8 go up in steps, so they have no gradient: \`precision = int8\` is for a model that every stage only reads. What is trained can be in
bf16, with weights and sums in float32. \`precision = auto\` may choose int8 where a stage reads a model, and bf16 where one trains it.

Fails:
    student S : tinybert_4 { precision = int8 }
    stage distil { minimize mse(W(S.hidden[4]), T.hidden[12]) }

Passes:
    teacher T : bert_base { precision = int8 }
    student S : tinybert_4 { precision = bf16 }
    stage distil { minimize mse(W(S.hidden[4]), T.hidden[12]) }`,
  build: ({ span, stage, instance, setting }) => ({
    message: `stage \`${stage}\` trains \`${instance}\`, whose products in int8 have no gradient`,
    span,
    secondary: [{ span: setting, text: 'int8 by this setting' }],
    help: 'say precision = bf16, or auto: then it is int8 at most where no stage trains it',
  }),
})
