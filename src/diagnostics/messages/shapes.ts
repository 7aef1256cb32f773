/** Messages of axes, sizes and the values that operations and losses take. */
import { defineMessage, type Fix, type Label, type Span } from '../diagnostic.ts'

export const missingAxis = defineMessage<{
  span: Span
  operation: string
  axis: string
  shape: string
  help?: string | undefined
}>({
  code: 'E0301',
  title: 'an axis that is missing',
  build: ({ span, operation, axis, shape, help }) => ({
    message: `\`${operation}\` needs a ${axis} axis, found ${shape}`,
    span,
    label: `no ${axis} axis`,
    ...(help === undefined ? {} : { help }),
  }),
})

export const axisOfTwoSizes = defineMessage<{
  span: Span
  operation: string
  axis: string
  left: string
  right: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0302',
  title: 'an axis of two sizes',
  build: ({ span, operation, axis, left, right, secondary }) => ({
    message: `\`${operation}\`: ${axis} is ${left} on the left and ${right} on the right`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

function divisors(units: number): string {
  const found = Array.from({ length: Math.min(units, 64) }, (_, i) => i + 1).filter((n) => units % n === 0)
  return found.join(', ')
}

export const headsDoNotDivide = defineMessage<{
  span: Span
  heads: number
  units: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0303',
  title: 'heads that do not divide the units',
  build: ({ span, heads, units, secondary }) => ({
    message: `${heads} heads do not divide ${units} units`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: `${units} divides into ${divisors(units)} heads`,
  }),
})

export const unfittingAxes = defineMessage<{
  span: Span
  operation: string
  problem: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0304',
  title: 'axes that do not fit the operation',
  build: ({ span, operation, problem, secondary }) => ({
    message: `\`${operation}\`: ${problem}`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const unnamedAxis = defineMessage<{ span: Span; operation: string; shape: string }>({
  code: 'E0307',
  title: 'an operation that needs its axis',
  build: ({ span, operation, shape }) => ({
    message: `\`${operation}\` of ${shape} needs its axis`,
    span,
    label: 'write `over = AXIS`',
  }),
})

export const lookupOfReals = defineMessage<{ span: Span; shape: string }>({
  code: 'E0308',
  title: 'a lookup of real numbers',
  build: ({ span, shape }) => ({
    message: `lookup needs whole numbers, found real numbers ${shape}`,
    span,
    label: 'not whole numbers',
    help: '`floor(x)` makes whole numbers of real ones',
  }),
})

export const entryOutOfRange = defineMessage<{ span: Span; axis: string; index: number; size: number }>({
  code: 'E0309',
  title: 'an entry outside an axis',
  build: ({ span, axis, index, size }) => ({
    message: `${axis} ${index} is outside 1..${size}`,
    span,
    label: 'outside',
  }),
})

export const differentSizes = defineMessage<{
  span: Span
  first?: string | undefined
  other?: Label | undefined
  origins: readonly Label[]
  help?: string | undefined
  fix?: Fix | undefined
  message?: string | undefined
}>({
  code: 'E0312',
  title: 'two states of different sizes',
  build: ({ span, first, other, origins, help, fix, message }) => ({
    message: message ?? 'these two states have different sizes',
    span,
    ...(first === undefined ? {} : { label: first }),
    secondary: [...(other === undefined ? [] : [other]), ...origins],
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined ? {} : { fix }),
  }),
})

export const differentAxes = defineMessage<{
  span: Span
  operation: string
  first: string
  second: string
  help?: string | undefined
}>({
  code: 'E0313',
  title: 'two states of different axes',
  build: ({ span, operation, first, second, help }) => ({
    message: `\`${operation}\` of ${first} and ${second}: the axes differ`,
    span,
    label: 'the axes differ',
    ...(help === undefined ? {} : { help }),
  }),
})

export const differentClasses = defineMessage<{
  span: Span
  left: string
  right: string
  secondary?: readonly Label[] | undefined
  help?: string | undefined
}>({
  code: 'E0314',
  title: 'two label sets or vocabularies',
  build: ({ span, left, right, secondary, help }) => ({
    message: `${left} and ${right} do not mix`,
    span,
    label: 'of two vocabularies or label sets',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})

export const labelsOfOtherAxes = defineMessage<{ span: Span; logits: string; over: string; labels: string }>({
  code: 'E0315',
  title: 'labels of other axes',
  build: ({ span, logits, over, labels }) => ({
    message: `cross_entropy of ${logits} over ${over} needs labels without ${over}, found ${labels}`,
    span,
    label: 'labels of other axes',
  }),
})

export const probabilitiesForLogits = defineMessage<{
  span: Span
  operation: string
  over: string
  x: string
}>({
  code: 'E0316',
  title: 'probabilities in place of logits',
  build: ({ span, operation, over, x }) => ({
    message: `\`${operation}\` takes logits, found probabilities over ${over}`,
    span,
    label: 'probabilities',
    help: `give the logits themselves, or \`log(${x})\`: logarithms of probabilities are logits`,
  }),
})

export const sizeBelowOne = defineMessage<{
  span: Span
  what: string
  value: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0317',
  title: 'a size below 1',
  build: ({ span, what, value, secondary }) => ({
    message: `${what} must be at least 1, found ${value}`,
    span,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const rangeTooLong = defineMessage<{
  span: Span
  count: number
  most: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0318',
  title: 'a range that is too long',
  build: ({ span, count, most, secondary }) => ({
    message: `${count.toLocaleString('en')} members are more than ${most.toLocaleString('en')}, the most of a range`,
    span,
    label: 'too long',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const notProbabilities = defineMessage<{
  span: Span
  operation: string
  wanted: string
  found: string
  help: string
}>({
  code: 'E0374',
  title: 'something other than probabilities',
  build: ({ span, operation, wanted, found, help }) => ({
    message: `\`${operation}\` takes ${wanted}, found ${found}`,
    span,
    label: found,
    help,
  }),
})

export const logitsComparedWithProbabilities = defineMessage<{
  span: Span
  operation: string
  first: string
  second: string
  over: string
  x: string
}>({
  code: 'E0375',
  title: 'logits compared with probabilities',
  build: ({ span, operation, first, second, over, x }) => ({
    message: `\`${operation}\` compares ${first} with ${second} over ${over}`,
    span,
    label: 'not probabilities',
    help: `compare logits with logits, or probabilities with probabilities: \`softmax(${x})\``,
  }),
})

export const idsOutsideTable = defineMessage<{
  span: Span
  label: string
  low: number
  high: number
  size: number
  secondary?: readonly Label[] | undefined
  help: string
}>({
  code: 'E0376',
  title: 'ids that the table of a lookup has no row for',
  build: ({ span, label, low, high, size, secondary, help }) => {
    const id = low < 0 ? low : high
    const which = Number.isFinite(id) ? id.toLocaleString('en') : low < 0 ? 'below 0' : `above ${size - 1}`
    return {
      message: `the lookup meets id ${which}, but its table has the rows 0 to ${(size - 1).toLocaleString('en')}`,
      span,
      label,
      ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
      help,
    }
  },
})
