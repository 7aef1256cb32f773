/** Messages about data blocks as a spec declares them. */
import { defineMessage, type Span } from '../diagnostic.ts'

export const missingDataSetting = defineMessage<{ span: Span; data: string; missing: string; help: string }>({
  code: 'E0841',
  title: 'a missing setting of a data block',
  build: ({ span, data, missing, help }) => ({
    message: `data \`${data}\` has no ${missing}`,
    span,
    help,
  }),
})

export const repeatedLabel = defineMessage<{ span: Span; label: string; first: Span }>({
  code: 'E0842',
  title: 'a label listed twice',
  build: ({ span, label, first }) => ({
    message: `the label "${label}" is listed twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
  }),
})

export const tooFewLabels = defineMessage<{ span: Span; count: number }>({
  code: 'E0843',
  title: 'too few labels',
  build: ({ span, count }) => ({
    message: count === 0 ? 'the list of labels is empty' : 'a class needs at least two labels, found one',
    span,
    help: 'list them in the order of their numbers: ["negative", "positive"], or give file("labels.txt")',
  }),
})

export const tagNotInScheme = defineMessage<{
  span: Span
  label: string
  scheme: string
  problem: string
  /** The tags of the scheme. */
  has: string
}>({
  code: 'E0844',
  title: 'a tag outside its scheme',
  build: ({ span, label, scheme, problem, has }) => ({
    message: `the tag "${label}" is not of the scheme ${scheme}`,
    span,
    label: problem,
    help: `${has}; the schemes are bio (or iob2), io, iob1 and bioes`,
  }),
})

export const sharesDoNotAddUp = defineMessage<{ span: Span; sum: number }>({
  code: 'E0845',
  title: 'shares that do not add up to 100%',
  build: ({ span, sum }) => ({
    message: `these shares add up to ${Number((100 * sum).toFixed(4))}%`,
    span,
    help: 'mask, keep and random make 100%: replace = [80%, 10%, 10%]',
  }),
})

export const dataCycle = defineMessage<{ span: Span; data: string }>({
  code: 'E0846',
  title: 'data that is defined by itself',
  build: ({ span, data }) => ({
    message: `data \`${data}\` is defined by itself`,
    span,
    help: 'one of the blocks has to name a folder or wordpiece(size = 8000)',
  }),
})

export const unknownDataMember = defineMessage<{
  span: Span
  data: string
  member: string
  suggestion: string | undefined
  why: string
}>({
  code: 'E0847',
  title: 'an unknown member of a data block',
  build: ({ span, data, member, suggestion, why }) => ({
    message: `data \`${data}\` has no ${member}`,
    span,
    similar: suggestion,
    ...(why === '' ? {} : { help: why }),
  }),
})

export const sizeOnlyInFile = defineMessage<{
  span: Span
  data: string
  path: string
  /** The place that first needs the size. */
  needed: Span
  help: string
}>({
  code: 'E0848',
  title: 'a size that only a file has',
  build: ({ span, data, path, needed, help }) => ({
    message: `${data} is read from ${path}, which is not there`,
    span,
    label: 'not there',
    secondary: [{ span: needed, text: 'its size is needed here' }],
    help,
  }),
})

export const targetNotInData = defineMessage<{
  span: Span
  data: string
  target: string
  needs: string
  from: Span
  loss: string | undefined
}>({
  code: 'E0849',
  title: 'a target that the data does not provide',
  build: ({ span, data, target, needs, from, loss }) => ({
    message: `${loss === undefined ? 'the loss' : `loss \`${loss}\``} reads \`${target}\`, which data \`${data}\` does not have`,
    span,
    label: 'read here',
    secondary: [{ span: from, text: `data \`${data}\`` }],
    help: needs,
  }),
})

export const differentVocabularies = defineMessage<{
  span: Span
  first: string
  firstVocabulary: string
  second: string
  secondVocabulary: string
  firstSpan: Span
  secondSpan: Span
}>({
  code: 'E0850',
  title: 'two vocabularies in one stage',
  build: ({ span, first, firstVocabulary, second, secondVocabulary, firstSpan, secondSpan }) => ({
    message: `${first} and ${second} have different vocabularies: ${firstVocabulary} and ${secondVocabulary}`,
    span,
    label: 'they read the same tokens here',
    secondary: [
      { span: firstSpan, text: firstVocabulary },
      { span: secondSpan, text: secondVocabulary },
    ],
    help: 'models of one stage read one batch of token numbers: give them one vocabulary',
  }),
})

export const differentLabelSets = defineMessage<{
  span: Span
  model: string
  modelLabels: string
  data: string
  dataLabels: string
  modelSpan: Span
  dataSpan: Span
  help: string
}>({
  code: 'E0851',
  title: 'two label sets in one stage',
  build: ({ span, model, modelLabels, data, dataLabels, modelSpan, dataSpan, help }) => ({
    message: `${model} has ${modelLabels}, data \`${data}\` has ${dataLabels}`,
    span,
    label: 'they meet here',
    secondary: [
      { span: modelSpan, text: modelLabels },
      { span: dataSpan, text: dataLabels },
    ],
    help,
  }),
})

export const wrongLabelType = defineMessage<{
  span: Span
  data: string
  found: string
  needs: string
  from: Span
}>({
  code: 'E0852',
  title: 'a label of another type',
  build: ({ span, data, found, needs, from }) => ({
    message: `this reads \`batch.label\` as ${needs}, but data \`${data}\` has ${found}`,
    span,
    secondary: [{ span: from, text: found }],
    help: 'classes go to cross_entropy, numbers to mse',
  }),
})

export const cannotAugment = defineMessage<{ span: Span; data: string; problem: string; help: string }>({
  code: 'E0860',
  title: 'data that cannot be augmented',
  build: ({ span, data, problem, help }) => ({
    message: `data \`${data}\` cannot be augmented: ${problem}`,
    span,
    label: 'augmented here',
    help,
  }),
})

export const cannotPropose = defineMessage<{ span: Span; data: string; problem: string; help: string }>({
  code: 'E0861',
  title: 'a model that cannot propose words',
  build: ({ span, data, problem, help }) => ({
    message: `data \`${data}\` cannot be augmented by this: ${problem}`,
    span,
    label: 'not a masked language model that can be used here',
    help,
  }),
})

export const noWholeBatch = defineMessage<{
  span: Span
  stage: string
  data: string
  examples: number
  batch: number
}>({
  code: 'E0862',
  title: 'too few examples for a whole batch',
  build: ({ span, stage, data, examples, batch }) => ({
    message: `stage \`${stage}\` has no whole batch of ${batch}: data \`${data}\` has ${examples} training ${examples === 1 ? 'example' : 'examples'}, and \`partial = drop\` leaves out what does not fill one`,
    span,
    help: `batch = ${Math.max(1, examples)} or less, or partial = keep`,
  }),
})

export const needlessColumns = defineMessage<{ span: Span; data: string; what: string }>({
  code: 'E0863',
  title: 'columns of a file that names its own',
  build: ({ span, data, what }) => ({
    message: `data \`${data}\` names columns, but ${what}`,
    span,
    help: 'leave `columns` out: it is for TSV and CSV files without a header',
  }),
})

export const needlessPartSetting = defineMessage<{
  span: Span
  data: string
  setting: string
  why: string
  help: string
}>({
  code: 'E0218',
  title: 'a setting of shares where it decides nothing',
  build: ({ span, data, setting, why, help }) => ({
    message: `\`${setting}\` of data \`${data}\` decides nothing: ${why}`,
    span,
    help,
  }),
})

export const nothingToTrain = defineMessage<{ span: Span; data: string; sum: number }>({
  code: 'E0219',
  title: 'shares that leave no training data',
  build: ({ span, data, sum }) => ({
    message: `the parts of data \`${data}\` take ${Number((100 * sum).toFixed(4))}% of its training files`,
    span,
    help: 'the rest is for training: validation = 10%, test = 10%',
  }),
})
