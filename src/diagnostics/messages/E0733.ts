import { defineMessage, type Span } from '../diagnostic.ts'

export const E0733 = defineMessage<{ stage: string; lacks: readonly string[]; span: Span }>({
  code: 'E0733',
  title: 'a stage lacks what training needs',
  explanation: `\`distill step\` needs only \`minimize\`; \`distill train\` also needs to know on which data, for how long, in which batches and with which
optimizer.

Fails:
    stage distil { minimize soften(S.task.logits, T.task.logits) }

Passes:
    stage distil {
      minimize soften(S.task.logits, T.task.logits)
      data = labelled, budget = 3 epochs, batch = 32, optimizer = adamw(rate = linear(5e-4, warmup = 10%))
    }`,
  build: ({ stage, lacks, span }) => ({
    message: `stage ${stage} cannot be trained: it has no ${lacks.join(' and no ')}`,
    span,
    label: `no ${lacks.join(', no ')}`,
    help: `add ${lacks.map((name) => suggestions[name] ?? `a ${name}`).join(', ')}; or leave the stage to \`distill step\``,
  }),
})

const suggestions: { readonly [name: string]: string } = {
  data: 'data = NAME',
  budget: 'budget = 3 epochs',
  optimizer: 'optimizer = adamw(rate = linear(5e-4, warmup = 10%))',
}
