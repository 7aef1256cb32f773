/**
 * Messages about names: unknown, declared twice, or of another kind than needed. Calls and indices are here
 * too.
 */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'
import { type Hint, hinted } from '../suggest.ts'

export const unknownName = defineMessage<{ span: Span; name: string; hint: Hint }>({
  code: 'E0101',
  title: 'an unknown name',
  build: ({ span, name, hint }) => ({
    message: `unknown name \`${name}\``,
    span,
    ...hinted(
      hint,
      `\`setting ${name} = ...\` declares a number or a text, \`def ${name}(x) = ...\` a function`,
    ),
  }),
})

export const declaredTwice = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0102',
  title: 'a name declared twice',
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is declared twice`,
    span,
    label: 'a second time here',
    secondary: [{ span: first, text: 'first declared here' }],
  }),
})

export const fileNotFound = defineMessage<{ span?: Span; path: string; help?: string | undefined }>({
  code: 'E0103',
  title: 'a file that is not there',
  build: ({ span, path, help }) => ({
    message: `cannot find ${path}`,
    ...(span === undefined ? {} : { span }),
    label: 'no such file',
    ...(help === undefined ? {} : { help }),
  }),
})

export const fileUnreadable = defineMessage<{ span?: Span; path: string; problem: string }>({
  code: 'E0953',
  title: 'a spec that is no text',
  build: ({ span, path, problem }) => ({
    message: `cannot read ${path}: ${problem}`,
    ...(span === undefined ? {} : { span, label: 'imported here' }),
    help: 'a spec is a regular file, saved as UTF-8',
  }),
})

export const importOutside = defineMessage<{ span: Span; path: string; project: string }>({
  code: 'E0954',
  title: 'an import from outside of the project',
  build: ({ span, path, project }) => ({
    message: `${path} is outside of the project`,
    span,
    label: 'not in its folder',
    help: `the project is ${project}: the nearest folder with package.json or .git, otherwise that of the spec; if you trust the file, allow it with --allow-outside`,
  }),
})

export const importCycle = defineMessage<{ span: Span; chain: readonly string[] }>({
  code: 'E0104',
  title: 'files that import each other',
  build: ({ span, chain }) => ({
    message: 'these files import each other',
    span,
    label: 'closes the circle',
    help: `${chain.join(' imports ')}; move what both need into a third file`,
  }),
})

export const unknownImport = defineMessage<{
  span: Span
  name: string
  from: string
  similar?: string | undefined
  declared: readonly string[]
}>({
  code: 'E0105',
  title: 'an imported name that the file does not declare',
  build: ({ span, name, from, similar, declared }) => ({
    message: `${from} has no \`${name}\``,
    span,
    ...(similar === undefined ? whatThereIs(declared) : { similar }),
  }),
})

function whatThereIs(declared: readonly string[]): { help?: string } {
  return declared.length === 0 ? {} : { help: `it has ${declared.join(', ')}` }
}

export const wrongArguments = defineMessage<{ span: Span; problem: string; help?: string | undefined }>({
  code: 'E0109',
  title: 'wrong arguments',
  build: ({ span, problem, help }) => ({
    message: problem,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})

export const wrongKind = defineMessage<{
  span: Span
  wanted: string
  found: string
  secondary?: readonly Label[] | undefined
  help?: string | undefined
}>({
  code: 'E0110',
  title: 'another kind of value was expected',
  build: ({ span, wanted, found, secondary, help }) => ({
    message: `expected ${wanted}, found ${found}`,
    span,
    label: `expected ${wanted}`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})

export const notInteger = defineMessage<{
  span: Span
  what: string
  value: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0111',
  title: 'a number that must be whole',
  build: ({ span, what, value, secondary }) => ({
    message: `${what} must be a whole number, found ${value}`,
    span,
    label: 'not whole',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const recursiveDefinition = defineMessage<{ span: Span; name: string; chain: readonly string[] }>({
  code: 'E0112',
  title: 'a definition that needs itself',
  build: ({ span, name, chain }) => ({
    message: `\`${name}\` is defined by itself`,
    span,
    label: 'leads back to itself',
    ...(chain.length > 2 ? { help: `the chain: ${chain.join(' -> ')}` } : {}),
  }),
})

export const unknownHole = defineMessage<{
  span: Span
  name: string
  similar?: string | undefined
  why?: string | undefined
}>({
  code: 'E0113',
  title: 'a hole without a setting',
  build: ({ span, name, similar, why }) => ({
    message:
      why === undefined
        ? `no setting \`${name}\` for this string`
        : `setting \`${name}\` has no value yet where this path is read`,
    span,
    ...(why === undefined ? {} : { help: why }),
    // The place is the whole string, so this is no edit.
    ...(similar === undefined ? {} : { label: `did you mean \`${similar}\`?` }),
  }),
})

export const unbindableName = defineMessage<{ span: Span; name: string; what: string }>({
  code: 'E0114',
  title: 'a name that cannot be bound',
  build: ({ span, name, what }) => ({
    message: `\`${name}\` is ${what} and cannot be bound here`,
    span,
  }),
})

export const unknownMember = defineMessage<{
  span: Span
  owner: string
  name: string
  hint: Hint
}>({
  code: 'E0115',
  title: 'an unknown member',
  build: ({ span, owner, name, hint }) => ({
    message: `${owner} has no \`${name}\``,
    span,
    ...hinted(hint),
  }),
})

export const notCallable = defineMessage<{
  span: Span
  found: string
  how: string
  help?: string | undefined
}>({
  code: 'E0116',
  title: 'a value that cannot be called or indexed',
  build: ({ span, found, how, help }) => ({
    message: `${found} cannot be ${how}`,
    span,
    ...(help === undefined ? {} : { help }),
  }),
})

export const indexOutOfRange = defineMessage<{
  span: Span
  what: string
  index: number
  from: number
  to: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0117',
  title: 'an index outside its range',
  build: ({ span, what, index, from, to, secondary }) => ({
    message: `${what}[${index}] is outside ${from}..${to}`,
    span,
    label: `only ${from}..${to}`,
    ...(index < 0 ? { help: `the last is ${what}[${to}]: places are not counted from the end` } : {}),
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const wrongDeclaration = defineMessage<{ span: Span; name: string; wanted: string; found: string }>({
  code: 'E0119',
  title: 'a name of another kind of declaration',
  build: ({ span, name, wanted, found }) => ({
    message: `\`${name}\` is ${found}, not ${wanted}`,
    span,
    label: `expected ${wanted}`,
  }),
})

export const noNumber = defineMessage<{
  span: Span
  text: string
  problem: string
  secondary?: readonly Label[] | undefined
  help?: string | undefined
}>({
  code: 'E0174',
  title: 'a calculation without a result',
  build: ({ span, text, problem, secondary, help }) => ({
    message: `\`${text}\` has no value: ${problem}`,
    span,
    label: problem,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    ...(help === undefined ? {} : { help }),
  }),
})

export const argumentOutOfRange = defineMessage<{
  span: Span
  what: string
  value: number
  limits: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0175',
  title: 'an argument outside its limits',
  build: ({ span, what, value, limits, secondary }) => ({
    message: `${what} is ${value}, but must be ${limits}`,
    span,
    label: limits,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const tooMuchToEvaluate = defineMessage<{ span: Span; most: number }>({
  code: 'E0186',
  title: 'a spec that expands to too much',
  build: ({ span, most }) => ({
    message: `this spec expands to more than ${most.toLocaleString('en')} calls, layers' names and members of sums`,
    span,
    label: 'it ran out in here',
    help: 'does a definition call another twice, which does so too? Use a result twice by its name: a loss or a name of the model',
  }),
})

export const definitionsTooDeep = defineMessage<{ span: Span; deepest: number }>({
  code: 'E0187',
  title: 'definitions that nest too deeply',
  build: ({ span, deepest }) => ({
    message: `this needs definitions inside definitions, more than ${deepest} deep`,
    span,
    help: 'write what is needed first before what needs it, or use fewer definitions of definitions',
  }),
})

export const tooManyFiles = defineMessage<{ span: Span; most: number }>({
  code: 'E0188',
  title: 'too many imported files',
  build: ({ span, most }) => ({
    message: `a spec and what it imports are more than ${most} files`,
    span,
    help: 'put what belongs together into one file',
  }),
})

export const listTooLong = defineMessage<{ span: Span; items: number; most: number }>({
  code: 'E0189',
  title: 'a list that is too long',
  build: ({ span, items, most }) => ({
    message: `this list has ${items.toLocaleString('en')} items, more than ${most.toLocaleString('en')}`,
    span,
    help: 'labels may stand in a file, one a line: class(column("label"), file("labels.txt"))',
  }),
})
