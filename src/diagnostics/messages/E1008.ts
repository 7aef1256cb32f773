import { defineMessage, type Span } from '../diagnostic.ts'

export const E1008 = defineMessage<{
  span: Span
  stage: string
  model: string
  precision: string
  path: string
  /** `a cosine`, `an agreement` */
  what: string
  value: number
  least: number
}>({
  code: 'E1008',
  title: 'a model of low precision is not faithful enough',
  explanation: `Before the first step of a stage, each model that is not in float32 is compared with itself in float32 on the first batch: the cosine of each tensor that the losses
read must be 0.99 or more, predictions must agree at 97% of the positions. \`fidelity = 95%\` in the model sets both.

Fails:
    teacher T : bert_base { precision = int8 }                     where one layer's scores come out otherwise in int8

Passes:
    teacher T : bert_base { precision = bf16 }
    teacher T : bert_base { precision = int8, fidelity = 95% }     where that is good enough`,
  build: ({ span, stage, model, precision, path, what, value, least }) => ({
    message: `${model}.${path} in ${precision} has ${what} with float32 of ${shown(value)} on the first batch of stage ${stage}: less than ${shown(least)}`,
    span,
    help: `take a higher precision; or say fidelity = ${lower(value)}, if that is good enough`,
  }),
})

function shown(value: number): string {
  return value.toFixed(4)
}

/** The next whole percentage below. */
function lower(value: number): string {
  return Number.isFinite(value) ? `${Math.max(0, Math.floor(100 * value))}%` : '0%'
}
