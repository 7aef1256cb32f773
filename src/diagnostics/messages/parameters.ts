/**
 * Messages of parameters: sharing, factorization, initial values, paths to them and their published names.
 */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'
import { type Hint, hinted, knownHere } from '../suggest.ts'

export const shareWithoutStar = defineMessage<{ span: Span }>({
  code: 'E0401',
  title: 'share without its star',
  build: ({ span }) => ({
    message: '`share` needs exactly one `[*]`',
    span,
    label: 'one `[*]` wanted',
  }),
})

export const groupsDoNotDivide = defineMessage<{
  span: Span
  layers: number
  groups: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0402',
  title: 'layers that do not divide into groups',
  build: ({ span, layers, groups, secondary }) => ({
    message: `${layers} layers do not divide into ${groups} groups`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: `a list says it: share ... in [1..${Math.max(1, Math.floor(layers / 2))}, ${Math.floor(layers / 2) + 1}..${layers}]`,
  }),
})

export const groupsDoNotCover = defineMessage<{ span: Span; problem: string }>({
  code: 'E0403',
  title: 'groups that do not cover the layers',
  build: ({ span, problem }) => ({
    message: problem,
    span,
  }),
})

export const nothingShared = defineMessage<{ span: Span; help?: string | undefined }>({
  code: 'E0404',
  title: 'a share that shares nothing',
  build: ({ span, help }) => ({
    message: 'no parameter is shared by this',
    span,
    label: 'matches no parameter',
    ...(help === undefined ? {} : { help }),
  }),
})

export const differentSharedShapes = defineMessage<{
  span: Span
  first: string
  second: string
  shapes: string
}>({
  code: 'E0405',
  title: 'shared parameters of different shapes',
  build: ({ span, first, second, shapes }) => ({
    message: `${first} and ${second} cannot be one parameter: ${shapes}`,
    span,
    label: 'shared here',
  }),
})

export const nothingFactorized = defineMessage<{ span: Span; help?: string | undefined }>({
  code: 'E0406',
  title: 'a factorize that factorizes nothing',
  build: ({ span, help }) => ({
    message: 'no matrix is factorized by this',
    span,
    label: 'matches no matrix',
    ...(help === undefined ? {} : { help }),
  }),
})

export const rankOutOfRange = defineMessage<{ span: Span; rank: number; rows: number; columns: number }>({
  code: 'E0407',
  title: 'a rank that saves nothing',
  build: ({ span, rank, rows, columns }) => ({
    message: `rank ${rank} is not between 1 and ${Math.min(rows, columns)}, the smaller side of ${rows} x ${columns}`,
    span,
    label: 'not a rank of this matrix',
  }),
})

export const nothingInitialised = defineMessage<{ span: Span; path: string; model: string }>({
  code: 'E0420',
  title: 'an init line that reaches no parameter',
  build: ({ span, path, model }) => ({ message: `\`${path}\` has no parameters in ${model}`, span }),
})

export const notASource = defineMessage<{ span: Span; found: string; suggestion: string | undefined }>({
  code: 'E0421',
  title: 'an unknown source of parameters',
  build: ({ span, found, suggestion }) => ({
    message: `${found} is not a source of parameters`,
    span,
    similar: suggestion,
    help: 'a source is a path (T.embedding), svd(PATH), mean(T.layer[1..3]), normal(std), truncated_normal(std), ones(), zeros() or a checkpoint ("weights/bert-base")',
  }),
})

export const missingSource = defineMessage<{
  span: Span
  parameter: string
  missing: string
  instance: string
  why: string
}>({
  code: 'E0422',
  title: 'a source that does not exist',
  build: ({ span, parameter, missing, instance, why }) => ({
    message: `\`${parameter}\` would come from \`${instance}.${missing}\`, which does not exist`,
    span,
    ...(why === '' ? {} : { help: why }),
  }),
})

export const sourceOfAnotherShape = defineMessage<{
  span: Span
  parameter: string
  shape: string
  source: string
  sourceShape: string
  parameterSpan: Span
  sourceSpan: Span
}>({
  code: 'E0423',
  title: 'a source of another shape',
  build: ({ span, parameter, shape, source, sourceShape, parameterSpan, sourceSpan }) => ({
    message: `\`${parameter}\` is ${shape}, but \`${source}\` is ${sourceShape}`,
    span,
    secondary: [
      { span: parameterSpan, text: shape },
      { span: sourceSpan, text: sourceShape },
    ],
    help: 'leave this one out, or initialise it from normal(0.02)',
  }),
})

export const twoSources = defineMessage<{
  span: Span
  first: string
  second: string
  firstSource: string
  secondSource: string
  firstSpan: Span
}>({
  code: 'E0424',
  title: 'a shared parameter with two sources',
  build: ({ span, first, second, firstSource, secondSource, firstSpan }) => ({
    message: `\`${first}\` and \`${second}\` are one parameter with two sources`,
    span,
    label: secondSource,
    ...(firstSpan === span ? {} : { secondary: [{ span: firstSpan, text: firstSource }] }),
    help: `${firstSource} and ${secondSource}: choose one, or take mean(...) of a range`,
  }),
})

export const meanWithoutRange = defineMessage<{ span: Span }>({
  code: 'E0425',
  title: 'a mean without a range',
  build: ({ span }) => ({ message: 'mean needs a range of layers', span, help: 'mean(T.layer[1..3].ffn)' }),
})

export const initialisedFromItself = defineMessage<{ span: Span; instance: string }>({
  code: 'E0427',
  title: 'a model initialised from itself',
  build: ({ span, instance }) => ({ message: `\`${instance}\` would be initialised from itself`, span }),
})

export const unknownPath = defineMessage<{
  span: Span
  component: string
  parent: string
  hint: Hint
  known: readonly string[]
}>({
  code: 'E0431',
  title: 'a path that leads nowhere',
  build: ({ span, component, parent, hint, known }) => ({
    message:
      known.length === 0 && parent !== ''
        ? `nothing called \`${component}\` is under \`${parent}\``
        : parent === ''
          ? `nothing is called \`${component}\` here`
          : `\`${parent}\` has no \`${component}\``,
    span,
    ...hinted(hint, knownHere(known)),
  }),
})

export const wrongPathIndex = defineMessage<{
  span: Span
  component: string
  problem: 'missing' | 'unwanted' | 'outside'
  from: number
  to: number
  found: string
}>({
  code: 'E0432',
  title: 'an index that does not fit a path',
  build: ({ span, component, problem, from, to, found }) =>
    problem === 'missing'
      ? {
          message: `\`${component}\` is repeated`,
          span,
          help: `write ${component}[*] for all, or one of ${component}[${from}] .. ${component}[${to}]`,
        }
      : problem === 'unwanted'
        ? { message: `\`${component}\` is not repeated`, span, help: `write ${component} without an index` }
        : {
            message: `\`${found}\` is outside ${from}..${to}`,
            span,
            label: `only ${component}[${from}] .. ${component}[${to}]`,
          },
})

export const unknownNamedBinding = defineMessage<{
  span: Span
  path: string
  model: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0440',
  title: 'a published name for no binding',
  build: ({ span, path, model, suggestion, known }) => ({
    message: `${model} has no binding \`${path}\` to name`,
    span,
    ...hinted(suggestion === undefined ? {} : { similar: suggestion }, knownHere(known)),
  }),
})

export const holeNotWhole = defineMessage<{ span: Span; hole: string; problem: string }>({
  code: 'E0441',
  title: 'a hole of a name that is no whole number',
  build: ({ span, hole, problem }) => ({ message: `{${hole}} ${problem}`, span }),
})

export const publishedNameOfBlock = defineMessage<{ span: Span; path: string; parameter: string }>({
  code: 'E0442',
  title: 'a published name for a block',
  build: ({ span, path, parameter }) => ({
    message: `\`${path}\` is a block, not a binding`,
    span,
    help: `\`${parameter}\` is under it: name its bindings in braces`,
  }),
})

export const repeatedPublishedName = defineMessage<{
  span: Span
  name: string
  first: string
  second: string
  firstSpan: Span
}>({
  code: 'E0443',
  title: 'one published name for two parameters',
  build: ({ span, name, first, second, firstSpan }) => ({
    message: `\`${first}\` and \`${second}\` are both called "${name}"`,
    span,
    ...(firstSpan === span ? {} : { secondary: [{ span: firstSpan, text: first }] }),
  }),
})

export const randomStart = defineMessage<{
  span: Span
  name: string
  teacher: string
  teacherSpan: Span
  /** The lines to write instead. */
  remedy: readonly string[]
}>({
  code: 'E0571',
  title: 'a student that starts at random beside a teacher of its shape',
  severity: 'warning',
  build: ({ span, name, teacher, teacherSpan, remedy }) => ({
    message: `${name} starts at random, but ${teacher} has trained layers of the same shapes`,
    span,
    label: 'starts at random',
    secondary: [{ span: teacherSpan, text: 'has all its layers' }],
    help: [
      'start from them:',
      ...remedy.map((line) => `    ${line}`),
      'if a random start is meant, say so: init { **.weight from normal(0.02) }',
    ].join('\n'),
  }),
})
