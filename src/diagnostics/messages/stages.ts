/** Messages about stages: their order, what they train, and missing settings. */
import { defineMessage, type Span } from '../diagnostic.ts'
import { hinted, knownHere } from '../suggest.ts'

export const untrainedTeacher = defineMessage<{
  /** The model, or the parts of it that are random. */
  what: string
  owner: string
  model: string
  stage: string
  span: Span
  stageSpan: Span
  /** The file of weights that lacks these parts. */
  file?: string
  /** A stage of the spec that would train them. */
  trainedIn?: string
  /** Whether that stage is run, but too late. */
  runs?: boolean
  /**
   * The model that is initialised from these weights when the stage begins. Absent: the stage itself reads
   * them.
   */
  heir?: { name: string; span: Span }
}>({
  code: 'E0511',
  title: 'a model that nothing has trained teaches, or gives others their initial values',
  build: ({ what, owner, model, stage, span, stageSpan, file, trainedIn, runs, heir }) => ({
    message:
      heir === undefined
        ? `${what} is read in stage ${stage}, but nothing has trained it: its weights are random`
        : `${heir.name} starts from ${what} in stage ${stage}, but nothing has trained that by then: its weights are random`,
    span,
    label: file === undefined ? 'random weights' : `not in ${file}`,
    secondary:
      heir === undefined
        ? [{ span: stageSpan, text: `${stage} learns from it` }]
        : [
            { span: heir.span, text: 'starts from it' },
            { span: stageSpan, text: `${heir.name} starts here` },
          ],
    help: [
      trainedIn === undefined
        ? file === undefined
          ? `say where its weights are: ${owner} : ${model} { weights = "FOLDER" ... }, or train it in a stage before`
          : `take weights that were trained with it, or train it in a stage before`
        : runs
          ? `stage ${trainedIn} trains it, but only later: let ${stage} come after it`
          : `stage ${trainedIn} trains it, but is not part of this run: add --stage ${trainedIn}, or leave --stage out`,
      'to try the spec out: --random-weights',
    ].join('\n'),
  }),
})

export const stageWithoutLoss = defineMessage<{ span: Span; stage: string }>({
  code: 'E0701',
  title: 'a stage without a loss',
  build: ({ span, stage }) => ({
    message: `stage \`${stage}\` has no loss to minimize`,
    span,
    help: 'add a line: minimize LOSS',
  }),
})

export const unknownStage = defineMessage<{
  span: Span
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0703',
  title: 'an unknown stage',
  build: ({ span, name, suggestion, known }) => ({
    message: `there is no stage \`${name}\``,
    span,
    ...hinted(suggestion === undefined ? {} : { similar: suggestion }, knownHere(known)),
  }),
})

export const stageCycle = defineMessage<{ span: Span; cycle: readonly string[] }>({
  code: 'E0704',
  title: 'stages that wait for each other',
  build: ({ span, cycle }) => ({
    message: `these stages wait for each other: ${cycle.join(' after ')}`,
    span,
  }),
})

export const emptyFamily = defineMessage<{ span: Span; from: number; to: number }>({
  code: 'E0705',
  title: 'a family without members',
  build: ({ span, from, to }) => ({ message: `${from}..${to} has no members`, span }),
})

export const notTrainable = defineMessage<{
  span: Span
  name: string
  suggestion: string | undefined
  known: readonly string[]
}>({
  code: 'E0706',
  title: 'nothing trainable of this name',
  build: ({ span, name, suggestion, known }) => ({
    message: `\`${name}\` is no student, teacher or projection`,
    span,
    ...hinted(suggestion === undefined ? {} : { similar: suggestion }, knownHere(known)),
  }),
})

export const partOfShared = defineMessage<{
  span: Span
  verb: string
  named: string
  other: string
  sharedSpan: Span
}>({
  code: 'E0707',
  title: 'a part of a shared parameter',
  build: ({ span, verb, named, other, sharedSpan }) => ({
    message: `\`${named}\` is shared with \`${other}\`, which this does not name`,
    span,
    secondary: [{ span: sharedSpan, text: 'shared here' }],
    help: `${verb} both, or neither`,
  }),
})

export const nothingTrained = defineMessage<{ span: Span; stage: string; why: string; help: string }>({
  code: 'E0708',
  title: 'a stage that trains nothing',
  build: ({ span, stage, why, help }) => ({
    message: `stage \`${stage}\` trains nothing: ${why}`,
    span,
    help,
  }),
})

export const frozenCopyTrained = defineMessage<{ span: Span; instance: string; of: string; stage: string }>({
  code: 'E0709',
  title: 'a frozen copy that is trained',
  build: ({ span, instance, of, stage }) => ({
    message: `\`${instance}\` is a frozen copy of \`${of}\` after \`${stage}\` and cannot be trained`,
    span,
  }),
})

export const copyUsedTooEarly = defineMessage<{
  span: Span
  instance: string
  copyStage: string
  stage: string
  copySpan: Span
}>({
  code: 'E0717',
  title: 'a copy that is used before it is made',
  build: ({ span, instance, copyStage, stage, copySpan }) => ({
    message: `stage \`${stage}\` uses \`${instance}\`, which is made after stage \`${copyStage}\``,
    span,
    secondary: [{ span: copySpan, text: `made after \`${copyStage}\`` }],
    help: `say: stage ${stage} after ${copyStage}`,
  }),
})

export const nothingToContinue = defineMessage<{ span: Span; name: string }>({
  code: 'E0718',
  title: 'nothing to continue',
  build: ({ span, name }) => ({
    message:
      name === 'optimizer'
        ? 'there is no stage before this one whose optimizer could go on'
        : `\`${name}\` cannot be continued`,
    span,
    help: name === 'optimizer' ? 'say `after STAGE`' : 'only: continue optimizer',
  }),
})

export const cannotContinue = defineMessage<{ span: Span; stage: string; found: string; why: string }>({
  code: 'E0719',
  title: 'stages that cannot continue one another',
  build: ({ span, stage, found, why }) => ({
    message: `stage \`${stage}\` cannot continue the optimizer: ${found}`,
    span,
    help: why,
  }),
})

export const missingStageSetting = defineMessage<{
  span: Span
  stage: string
  missing: string
  because: string
}>({
  code: 'E0720',
  title: 'a missing setting of a stage',
  build: ({ span, stage, missing, because }) => ({
    message: `stage \`${stage}\` has no ${missing}`,
    span,
    help: because,
  }),
})

export const stageNotTrainable = defineMessage<{ stage: string; lacks: readonly string[]; span: Span }>({
  code: 'E0733',
  title: 'a stage that cannot be trained',
  build: ({ stage, lacks, span }) => ({
    message: `stage ${stage} cannot be trained: it has no ${lacks.join(' and no ')}`,
    span,
    label: `no ${lacks.join(', no ')}`,
    help: `add ${lacks.map((name) => suggestions[name] ?? name.replace(/^training file in (\w+)$/, 'train = "train.tsv" to data $1')).join(', ')}; or leave the stage to \`distill step\``,
  }),
})

const suggestions: { readonly [name: string]: string } = {
  data: 'data = NAME',
  budget: 'budget = 3 epochs',
  optimizer: 'optimizer = adamw(rate = linear(5e-4, warmup = 10%))',
}

export const trainedWithoutLoss = defineMessage<{ span: Span; path: string; stage: string; loss: Span }>({
  code: 'E0779',
  title: 'no loss reaches what is trained',
  severity: 'warning',
  build: ({ span, path, stage, loss }) => ({
    message: `stage \`${stage}\` cannot train \`${path}\`: its loss has no gradient there`,
    span,
    label: 'stays as it is',
    secondary: [{ span: loss, text: 'no part of this depends on it' }],
    help: 'add a loss that reads it, or leave it out of `train`',
  }),
})

export const teacherTrained = defineMessage<{
  span: Span
  teacher: string
  stage: string
  students: readonly string[]
  declared: Span
}>({
  code: 'E0780',
  title: 'a teacher is trained',
  severity: 'warning',
  build: ({ span, teacher, stage, students, declared }) => ({
    message: `stage \`${stage}\` trains \`${teacher}\`, which is declared as a teacher`,
    span,
    label: 'trained here',
    secondary: [{ span: declared, text: 'declared as a teacher' }],
    help: [
      ...(students.length > 0
        ? [`if a student is meant: ${students.map((name) => `train ${name}`).join(', ')}`]
        : []),
      `a model that one stage trains and later ones read frozen is a student with a frozen copy:\n    student ${teacher} : ...\n    teacher ${teacher}_trained = ${teacher} after ${stage}`,
    ].join('\n'),
  }),
})

export const tooManyStages = defineMessage<{ span: Span; count: number; most: number }>({
  code: 'E0786',
  title: 'too many stages',
  build: ({ span, count, most }) => ({
    message: `${count.toLocaleString('en')} stages are more than ${most.toLocaleString('en')}`,
    span,
    help: 'a family has a stage for each index: is the range right?',
  }),
})

export const tooManyCombinations = defineMessage<{ span: Span; count: number; most: number }>({
  code: 'E0787',
  title: 'a sweep with too many combinations',
  build: ({ span, count, most }) => ({
    message: `the sweep has ${count.toLocaleString('en')} combinations, more than ${most.toLocaleString('en')}`,
    span,
    help: 'sweep fewer settings at once: each combination is trained',
  }),
})
