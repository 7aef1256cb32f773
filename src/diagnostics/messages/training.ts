/** Messages of optimizers, rates, metrics, micro-batches and precision in training. */
import { defineMessage, type Span } from '../diagnostic.ts'
import { type Hint, hinted, knownHere } from '../suggest.ts'

export const unknownOptimizer = defineMessage<{ span: Span; name: string; hint: Hint }>({
  code: 'E0710',
  title: 'an unknown optimizer',
  build: ({ span, name, hint }) => ({
    message: `there is no optimizer \`${name}\``,
    span,
    ...hinted(hint, 'the optimizers are adamw, adam, sgd, bert_adam and lamb'),
  }),
})

export const unknownOptimizerArgument = defineMessage<{
  span: Span
  optimizer: string
  name: string
  hint: Hint
  known: readonly string[]
}>({
  code: 'E0711',
  title: 'an unknown argument of an optimizer',
  build: ({ span, optimizer, name, hint, known }) => ({
    message: `${optimizer} has no argument \`${name}\``,
    span,
    ...hinted(hint, knownHere(known)),
  }),
})

export const emptyException = defineMessage<{ span: Span; path: string; stage: string }>({
  code: 'E0712',
  title: 'an exception that selects nothing',
  build: ({ span, path, stage }) => ({
    message: `\`${path}\` selects no parameter that stage \`${stage}\` trains`,
    span,
  }),
})

export const notARate = defineMessage<{ span: Span; found: string }>({
  code: 'E0713',
  title: 'not a rate',
  build: ({ span, found }) => ({
    message: `a rate cannot be ${found}`,
    span,
    help: 'constant(1e-4), linear(1e-4, warmup = 10%), or an expression in progress, step or epoch',
  }),
})

export const microbatchesDoNotFill = defineMessage<{
  span: Span
  microbatch: number
  batch: number
  batchSpan: Span
}>({
  code: 'E0714',
  title: 'micro-batches that do not fill the batch',
  build: ({ span, microbatch, batch, batchSpan }) => ({
    message: `micro-batches of ${microbatch} do not fill a batch of ${batch}`,
    span,
    ...(batchSpan === span ? {} : { secondary: [{ span: batchSpan, text: `${batch} here` }] }),
  }),
})

export const lossNotAdditive = defineMessage<{ span: Span; stage: string; why: string; microbatch: Span }>({
  code: 'E0715',
  title: 'a loss that cannot be added up over micro-batches',
  build: ({ span, stage, why, microbatch }) => ({
    message: `the loss of stage \`${stage}\` cannot be added up over micro-batches: ${why}`,
    span,
    secondary: [{ span: microbatch, text: 'micro-batches here' }],
    help: 'leave `microbatch` out, or make the loss a weighted sum',
  }),
})

export const unknownMetric = defineMessage<{
  span: Span
  name: string
  hint: Hint
  known: readonly string[]
}>({
  code: 'E0716',
  title: 'an unknown metric',
  build: ({ span, name, hint, known }) => ({
    message: `there is no metric \`${name}\``,
    span,
    ...hinted(hint, knownHere(known)),
  }),
})

export const onOutsideMetrics = defineMessage<{ span: Span; value: string }>({
  code: 'E0734',
  title: 'an `on` that stands behind no metric',
  build: ({ span, value }) => ({
    message: `\`on\` says on which data a metric is measured, and \`${value}\` is no metric of a stage`,
    span,
    help: 'write it in a stage: evaluate = accuracy on labelled, or keep = best(accuracy on labelled)',
  }),
})

export const trainedInInt8 = defineMessage<{ span: Span; stage: string; instance: string; setting: Span }>({
  code: 'E0721',
  title: 'a model in int8 that is trained',
  build: ({ span, stage, instance, setting }) => ({
    message: `stage \`${stage}\` trains \`${instance}\`, whose products in int8 have no gradient`,
    span,
    secondary: [{ span: setting, text: 'int8 by this setting' }],
    help: 'say precision = bf16, or auto: then it is int8 at most where no stage trains it',
  }),
})

export const metricNotMeasurable = defineMessage<{
  metric: string
  reason: string
  available: readonly string[]
  help?: string
  span?: Span
}>({
  code: 'E0731',
  title: 'a metric that cannot be measured',
  build: ({ metric, reason, available, help, span }) => ({
    message: `${metric} cannot be measured: ${reason}`,
    ...(span === undefined ? {} : { span }),
    help:
      help ??
      (available.length === 0
        ? 'give the data block labels and validation = "..."'
        : `can be measured here: ${available.join(', ')}`),
  }),
})

export const stepsWithoutOptimizer = defineMessage<{ stage: string; steps: number; span: Span }>({
  code: 'E0732',
  title: 'several steps without an optimizer',
  build: ({ stage, steps, span }) => ({
    message: `stage ${stage} has no optimizer, so it cannot take ${steps} steps`,
    span,
    label: 'no optimizer here',
    help: 'add for example: optimizer = adamw(rate = constant(1e-3))',
  }),
})
