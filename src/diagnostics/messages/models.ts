/** Messages of the structure of models: blocks, taps, heads, `with` and `without`. */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'
import { type Hint, hinted } from '../suggest.ts'

export const unknownOverride = defineMessage<{
  span: Span
  model: string
  name: string
  hint: Hint
}>({
  code: 'E0107',
  title: 'a change of a setting that the model does not have',
  build: ({ span, model, name, hint }) => ({
    message: `${model} has no setting \`${name}\``,
    span,
    ...hinted(hint, `\`setting ${name} = ...\` adds a new one`),
  }),
})

export const boundTwice = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0201',
  title: 'a name bound twice in one block',
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is bound twice`,
    span,
    label: 'a second time here',
    secondary: [{ span: first, text: 'first bound here' }],
  }),
})

export const nothingToLeaveOut = defineMessage<{
  span: Span
  model: string
  name: string
  similar?: string | undefined
}>({
  code: 'E0202',
  title: 'nothing of that name to leave out',
  build: ({ span, model, name, similar }) => ({
    message: `${model} has nothing called \`${name}\` to leave out`,
    span,
    similar,
  }),
})

export const unfittingOverride = defineMessage<{
  span: Span
  problem: string
  help?: string | undefined
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0203',
  title: 'a change that does not fit',
  build: ({ span, problem, help, secondary }) => ({
    message: problem,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})

export const missingOutput = defineMessage<{ span: Span; name: string }>({
  code: 'E0204',
  title: 'a repeated block without output',
  build: ({ span, name }) => ({
    message: `the repeated block \`${name}\` must bind \`output\``,
    span,
    label: 'binds no `output`',
  }),
})

export const brokenRequirement = defineMessage<{
  span: Span
  model: string
  message: string
  requirement?: Span | undefined
}>({
  code: 'E0205',
  title: 'a requirement of the model that does not hold',
  build: ({ span, model, message, requirement }) => ({
    message: `${model}: ${message}`,
    span,
    label: 'breaks a requirement of the model',
    ...(requirement === undefined ? {} : { secondary: [{ span: requirement, text: 'required here' }] }),
  }),
})

export const readsRemoved = defineMessage<{ span: Span; path: string; removed: Span }>({
  code: 'E0206',
  title: 'a use of what was left out',
  build: ({ span, path, removed }) => ({
    message: `this reads \`${path}\`, which was left out`,
    span,
    label: 'reads what is left out',
    secondary: [{ span: removed, text: 'left out here' }],
  }),
})

export const parametersOutsideModel = defineMessage<{ span: Span; operation: string }>({
  code: 'E0207',
  title: 'parameters outside a model',
  build: ({ span, operation }) => ({
    message: `\`${operation}\` makes parameters, which only a binding of a model or head can own`,
    span,
    label: 'no binding of a model owns this',
  }),
})

export const twoParameterOperations = defineMessage<{
  span: Span
  binding: string
  operation: string
  first: Span
}>({
  code: 'E0208',
  title: 'two operations with parameters in one binding',
  build: ({ span, binding, operation, first }) => ({
    message: `\`${binding}\` has two operations with parameters`,
    span,
    label: `\`${operation}\` is the second`,
    secondary: [{ span: first, text: 'the first' }],
    help: 'bind the inner one to a name of its own',
  }),
})

export const notAHead = defineMessage<{ span: Span; problem: string; help?: string | undefined }>({
  code: 'E0209',
  title: 'a head that is not one',
  build: ({ span, problem, help }) => ({
    message: problem,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})

export const unnamedBlock = defineMessage<{ span: Span; name: string }>({
  code: 'E0210',
  title: 'a reusable block without a name',
  build: ({ span, name }) => ({
    message: `the block \`${name}(...)\` needs a name of its own`,
    span,
    label: 'bind this call to a name',
  }),
})

export const cannotTie = defineMessage<{
  span: Span
  problem: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0211',
  title: 'a weight that cannot be tied',
  build: ({ span, problem, secondary }) => ({
    message: problem,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const suffixInModel = defineMessage<{ span: Span }>({
  code: 'E0212',
  title: 'a suffix of losses inside a model',
  build: ({ span }) => ({
    message: '`per`, `where` and `within` belong to losses, not to a model',
    span,
    label: 'not inside a model',
  }),
})

export const dropoutInLoss = defineMessage<{ span: Span }>({
  code: 'E0213',
  title: 'dropout in a loss',
  build: ({ span }) => ({
    message: 'dropout belongs to a model',
    span,
    label: 'not inside a model',
  }),
})

export const misplacedItem = defineMessage<{ span: Span; what: string }>({
  code: 'E0214',
  title: 'an item in the wrong place',
  build: ({ span, what }) => ({
    message: `\`${what}\` stands at the top of a model, not inside a block`,
    span,
    label: 'not here',
  }),
})

export const repeatedTap = defineMessage<{ span: Span; name: string; index: number }>({
  code: 'E0215',
  title: 'a tap given twice',
  build: ({ span, name, index }) => ({
    message: `the tap \`${name}[${index}]\` is given twice`,
    span,
  }),
})

export const blockWithoutLayers = defineMessage<{ span: Span; name: string; from: number; to: number }>({
  code: 'E0216',
  title: 'a repeated block without layers',
  build: ({ span, name, from, to }) => ({
    message: `\`${name}\` has no layers: ${from}..${to} is empty`,
    span,
    label: 'empty',
  }),
})

export const answerInTraining = defineMessage<{ span: Span; name: string; model: string; tap: string }>({
  code: 'E0217',
  title: 'an answer that exists only in training',
  build: ({ span, name, model, tap }) => ({
    message: `\`${model}.${tap}\` reads \`${name}\`, which exists only in training`,
    span,
    label: 'unknown when the model is evaluated and when it predicts',
    help: 'put what depends on it into a loss, or into a tap of its own that only losses read',
  }),
})
