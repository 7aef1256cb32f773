/** Messages of losses: masks, axes, suffixes and targets. */
import { defineMessage, type Span } from '../diagnostic.ts'
import { type Hint, hinted } from '../suggest.ts'

export const suffixWithoutEffect = defineMessage<{ span: Span; suffix: string }>({
  code: 'E0601',
  title: 'a suffix without effect',
  build: ({ span, suffix }) => ({
    message: `\`${suffix}\` has no effect`,
    span,
    label: 'no loss in here takes it',
  }),
})

export const perMissingAxis = defineMessage<{ span: Span; axis: string; shape: string }>({
  code: 'E0602',
  title: 'per of an axis that the loss does not have',
  build: ({ span, axis, shape }) => ({
    message: `per ${axis}: ${shape} has no ${axis} axis`,
    span,
    label: `no ${axis} axis`,
  }),
})

export const maskWithoutTokens = defineMessage<{ span: Span; mask: string; shape: string }>({
  code: 'E0603',
  title: 'a mask of tokens on a loss without tokens',
  build: ({ span, mask, shape }) => ({
    message: `where ${mask}: ${shape} has no token axis`,
    span,
    label: 'no token axis',
  }),
})

export const unknownMaskOrAxis = defineMessage<{
  span: Span
  name: string
  what: string
  known: readonly string[]
  similar?: string | undefined
}>({
  code: 'E0604',
  title: 'an unknown mask or axis',
  build: ({ span, name, what, known, similar }) => ({
    message: `\`${name}\` is not ${what}`,
    span,
    similar,
    help: `${known.join(', ')}`,
  }),
})

export const lossWithAxes = defineMessage<{ span: Span; name: string; shape: string }>({
  code: 'E0605',
  title: 'a loss that still has axes',
  build: ({ span, name, shape }) => ({
    message: `loss ${name} still has axes ${shape}: reduce it with mean(...)`,
    span,
    label: 'not a single number',
  }),
})

export const lossWithoutExamples = defineMessage<{ span: Span; shape: string }>({
  code: 'E0606',
  title: 'a loss without examples',
  build: ({ span, shape }) => ({
    message: `a loss needs an example axis, found ${shape}`,
    span,
    label: 'no examples',
  }),
})

export const emptySum = defineMessage<{ span: Span; how: string }>({
  code: 'E0607',
  title: 'a sum over nothing',
  build: ({ span, how }) => ({
    message: `${how} over an empty range or list`,
    span,
    label: 'empty',
  }),
})

export const wrongClassWeights = defineMessage<{ span: Span; weights: number; classes: string }>({
  code: 'E0608',
  title: 'a wrong number of class weights',
  build: ({ span, weights, classes }) => ({
    message: `${weights} class weights for ${classes} classes`,
    span,
  }),
})

export const unknownTarget = defineMessage<{ span: Span; name: string; hint: Hint }>({
  code: 'E0609',
  title: 'an unknown target',
  build: ({ span, name, hint }) => ({
    message: `a batch has no \`${name}\``,
    span,
    ...hinted(hint),
  }),
})

export const lossNotATensor = defineMessage<{ span: Span; name: string; found: string }>({
  code: 'E0610',
  title: 'a loss that is not a tensor',
  build: ({ span, name, found }) => ({
    message: `loss ${name} is ${found}, which nothing can be trained on`,
    span,
    label: 'not a loss',
  }),
})

export const sizeOfBatch = defineMessage<{ span: Span; axis: string }>({
  code: 'E0611',
  title: 'a number that only a batch has',
  build: ({ span, axis }) => ({
    message: `the number of ${axis}s of a batch cannot be read`,
    span,
    label: 'only a batch has it',
  }),
})

export const someTokensLabelled = defineMessage<{
  span: Span
  target: string
  mask: string
  tokens: string
  shown: string
}>({
  code: 'E0679',
  title: 'a target of some tokens, read at all of them',
  severity: 'warning',
  build: ({ span, target, mask, tokens, shown }) => ({
    message: `\`${target}\` has labels at ${tokens} only, but this loss is divided by the number of all tokens`,
    span,
    label: `no \`where ${mask}\``,
    help: `divide by those with labels: ${shown} where ${mask}\nif all tokens are meant, say so: where attended`,
    fix: { kind: 'append', text: ` where ${mask}` },
  }),
})

export const studentAsTarget = defineMessage<{
  span: Span
  learner: string
  target: string
  stage: string
}>({
  code: 'E0680',
  title: 'teacher and student swapped',
  severity: 'warning',
  build: ({ span, learner, target, stage }) => ({
    message: `stage \`${stage}\` trains \`${target}\` as the target of this loss, and \`${learner}\`, which is to learn from it, is frozen`,
    span,
    label: 'student first, target second',
    help: `swap them: the model that learns comes first\nif the reverse is meant, name both arguments: kl(s = ${learner}..., t = ${target}...)`,
  }),
})
