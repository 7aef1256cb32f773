/** Messages of runs: losses that are not finite, runs that cannot be resumed, and predictions. */
import { defineMessage, type Span } from '../diagnostic.ts'

export const unreadableInputLine = defineMessage<{ line: number; problem: string; help: string }>({
  code: 'E0826',
  title: 'a line that the model cannot read',
  build: ({ line, problem, help }) => ({ message: `line ${line} of the input ${problem}`, help }),
})

export const lossNotFinite = defineMessage<{
  step: number
  stage: string
  what: string
  value: 'NaN' | 'infinite'
  where?: string
  examples: string
  kept: string
  rate: string
  clip?: number
}>({
  code: 'E1001',
  title: 'a loss that is not finite',
  build: ({ step, stage, what, value, where, examples, kept, rate, clip }) => ({
    message: `stopped at step ${step.toLocaleString('en-US')} of stage ${stage}: ${what} became ${value}`,
    help: [
      ...(where === undefined ? [] : [`first in ${where}`]),
      `batch ${examples}`,
      `${kept}. Try rate = ${rate}${clip === undefined ? '' : ` or clip = ${clip.toFixed(1)}`}`,
    ].join('\n'),
  }),
})

export const specChanged = defineMessage<{
  run: string
  changes: readonly string[]
}>({
  code: 'E1002',
  title: 'a run of another spec',
  build: ({ run, changes }) => ({
    message: `${run} cannot be continued: ${changes.length === 1 ? 'something has' : 'some things have'} changed since it was started`,
    help: [...changes, 'undo the change, or start a new run without --resume'].join('\n'),
  }),
})

export const dataChanged = defineMessage<{ run: string; changes: readonly string[] }>({
  code: 'E1003',
  title: 'a run on other data',
  build: ({ run, changes }) => ({
    message: `${run} cannot be continued: what it reads has changed since it was started`,
    help: [...changes, 'undo that, or start a new run without --resume'].join('\n'),
  }),
})

export const noCheckpointLeft = defineMessage<{ run: string; problems: readonly string[] }>({
  code: 'E1016',
  title: 'a run without a checkpoint to continue from',
  build: ({ run, problems }) => ({
    message: `${run} cannot be continued: no checkpoint is left`,
    help: [
      ...problems,
      'copy a checkpoint back to checkpoints/last.safetensors, or start a new run without --resume',
    ].join('\n'),
  }),
})

export const earlierRun = defineMessage<{ run: string; version: string }>({
  code: 'E1017',
  title: 'a run of an earlier version',
  build: ({ run, version }) => ({
    message: `${run} cannot be continued: Distill ${version} started it, and its checkpoints have no hashes`,
    help: 'its weights can be evaluated, exported and compared; continue it with that version, or start a new run',
  }),
})

export const otherBits = defineMessage<{ run: string; changes: readonly string[]; backend: string }>({
  code: 'E1018',
  title: 'a run whose bits would become others',
  build: ({ run, changes, backend }) => ({
    message: `${run} cannot be continued with the same bits: ${changes.length === 1 ? 'something has' : 'some things have'} changed that they depend on`,
    help: [
      ...changes,
      `continue with what the run began with (--backend ${backend}), or start a new run without --resume`,
      'to continue all the same, with weights that differ from those of an undisturbed run: --allow-inexact',
    ].join('\n'),
  }),
})

export const outputLost = defineMessage<{ reason: string }>({
  code: 'E1019',
  title: 'results that could not be written',
  build: ({ reason }) => ({
    message: `standard output cannot be written: ${reason}`,
    help: 'write it to another place; a training has saved everything in its run folder: distill report RUN',
  }),
})

export const teacherNotTrained = defineMessage<{
  spec: string
  stage: string
  /** The models that it reads. */
  models: string
  /** The stage that trains them. */
  after: string
  span: Span
}>({
  code: 'E1023',
  title: 'records of a teacher that is not trained yet',
  build: ({ spec, stage, models, after, span }) => ({
    message: `stage \`${stage}\` reads ${models}, which stage \`${after}\` has to train first`,
    span,
    help: [
      `train it: distill train ${spec} --out RUN computes the records itself when ${after} is over`,
      `or stop it by Ctrl-C in a stage behind ${after}: distill records ${spec} --out RUN then computes them ahead`,
    ].join('\n'),
  }),
})

export const missingHead = defineMessage<{ model: string; needs: string; heads: readonly string[] }>({
  code: 'E1004',
  title: 'a model without a head for this',
  build: ({ model, needs, heads }) => ({
    message: `${model} has no ${needs}`,
    help: heads.length > 0 ? `its heads: ${heads.join(', ')}` : 'it has no heads',
  }),
})

export const sweepChanged = defineMessage<{
  sweep: string
  runs: readonly { readonly path: string; readonly changes: readonly string[] }[]
  command: string
}>({
  code: 'E1014',
  title: 'runs of a sweep that were made from something else',
  build: ({ sweep, runs, command }) => {
    const [first] = runs
    const others = runs.length - 1
    const more = others === 0 ? [] : [`${others} other${others === 1 ? '' : 's'} of its runs too`]
    return {
      message: `${first?.path ?? sweep} was made from something else than this`,
      help: [
        ...(first?.changes ?? []),
        ...more,
        'undo the change, or give another folder with --out',
        `train ${runs.length === 1 ? 'it' : 'those'} again, over what is there: ${command} --rerun`,
      ].join('\n'),
    }
  },
})
