/** Messages of settings: in blocks of a spec, in sweeps and in `--set`. */
import { defineMessage, type Span } from '../diagnostic.ts'
import { type Hint, hinted, knownHere } from '../suggest.ts'

export const nothingToSet = defineMessage<{
  name: string
  similar?: string | undefined
  known: readonly string[]
}>({
  code: 'E0106',
  title: 'an unknown setting of --set',
  build: ({ name, similar, known }) => ({
    message: `the spec has no setting \`${name}\``,
    help: similar
      ? `did you mean \`${similar}\`?`
      : known.length > 0
        ? `it has ${known.join(', ')}`
        : 'it has none: a line `setting name = value` makes one',
  }),
})

export const wrongSetValue = defineMessage<{ name: string; text: string; wanted: string }>({
  code: 'E0108',
  title: 'a value of --set of another type',
  build: ({ name, text, wanted }) => ({
    message: `--set ${name}=${text}: expected ${wanted}`,
  }),
})

export const unknownModelSetting = defineMessage<{
  span: Span
  name: string
  role: string
  hint: Hint
}>({
  code: 'E0118',
  title: 'an unknown setting of a teacher or student',
  build: ({ span, name, role, hint }) => ({
    message: `a ${role} has no setting \`${name}\``,
    span,
    ...hinted(hint),
  }),
})

export const repeatedSweepValue = defineMessage<{ span: Span; name: string; value: string; first: Span }>({
  code: 'E0124',
  title: 'a value twice in a sweep',
  build: ({ span, name, value, first }) => ({
    message: `the sweep takes \`${name}\` = ${value} twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
    help: 'several runs of one combination are seeds: --seeds 3',
  }),
})

export const unknownSetting = defineMessage<{
  span: Span
  where: string
  name: string
  hint: Hint
  known: readonly string[]
}>({
  code: 'E0140',
  title: 'an unknown setting of a block',
  build: ({ span, where, name, hint, known }) => ({
    message: `${where} has no setting \`${name}\``,
    span,
    ...hinted(hint, knownHere(known)),
  }),
})

export const repeatedSetting = defineMessage<{ span: Span; name: string; first: Span }>({
  code: 'E0141',
  title: 'a setting given twice',
  build: ({ span, name, first }) => ({
    message: `\`${name}\` is given twice`,
    span,
    secondary: [{ span: first, text: 'the first time' }],
  }),
})

export const wrongSettingValue = defineMessage<{
  span: Span
  name: string
  expected: string
  found: string
  help?: string
}>({
  code: 'E0142',
  title: 'a setting with a value of another kind',
  build: ({ span, name, expected, found, help }) => ({
    message: `\`${name}\` takes ${expected}, found ${found}`,
    span,
    label: `expected ${expected}`,
    ...(help === undefined ? {} : { help }),
  }),
})

export const settingOutOfRange = defineMessage<{ span: Span; name: string; value: string; limits: string }>({
  code: 'E0143',
  title: 'a number outside the range of a setting',
  build: ({ span, name, value, limits }) => ({
    message: `\`${name}\` is ${value}, but must be ${limits}`,
    span,
  }),
})
