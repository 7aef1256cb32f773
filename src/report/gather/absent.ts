/** The panels that a run cannot fill, and why. */
import { metricKinds } from '../../check/metric-names.ts'
import type { Panel, RunData } from '../schema.ts'
import type { RunFacts } from './facts.ts'
import type { Texts } from './texts.ts'

/** A run of a version before these were kept has no event at the end of a stage. */
function isOlder({ log, report, final }: RunFacts): boolean {
  const has = log.plans.length + log.compiles.length + log.ends.length > 0
  return !has && final === undefined && (report !== undefined || log.rows.length > 0)
}

const older = 'The run was trained before runs kept this. A new run has it.'

export function gatherAbsent(
  facts: RunFacts,
  run: Pick<
    RunData,
    'agreement' | 'answers' | 'numbers' | 'memory' | 'compile' | 'stages' | 'baselines' | 'finished'
  >,
  texts: Texts,
  withTexts: boolean,
): RunData['absent'] {
  const absent: RunData['absent'] = []
  const add = (panel: Panel, why: string): void => {
    absent.push({ panel, why })
  }
  const old = isOlder(facts)
  const unless = (why: string): string => (old ? older : run.finished ? why : 'The run is not finished.')
  if (run.agreement.length === 0)
    add(
      'agreement',
      facts.lessons.length === 0
        ? 'No loss of this run reads another model, so there is no teacher to agree with.'
        : unless('Student and teacher read no data with the same vocabulary.'),
    )
  if (run.answers.length + run.numbers.length === 0) add('classes', unless(noAnswers(facts)))
  if (run.memory.length === 0) add('memory', old ? older : 'The run ended before its first stage began.')
  if (run.compile.length === 0) add('compile', old ? older : 'The run ended before its first stage began.')
  const clips = run.stages.some(({ clip, rows }) => clip !== undefined && rows.length > 0)
  if (clips && !run.stages.some(({ rows }) => rows.some(({ clipped }) => clipped !== undefined)))
    add('training', old ? older : 'The optimizer clips the gradient of each parameter by itself.')
  const none = run.answers.every(({ texts: { lost, gained, inherited, furthest } }) =>
    [lost, gained, inherited, furthest].every((list) => list.length === 0),
  )
  if (run.answers.length > 0 && none)
    add(
      'texts',
      facts.main?.teacher === undefined
        ? 'There is no teacher to compare the answers with.'
        : 'The teacher was not scored on the same data, or both answer alike.',
    )
  else if (!withTexts) add('texts', 'Left out by `--no-texts`; files and lines say where they are.')
  for (const [file, why] of texts.missing) add('texts', `The texts of \`${file}\` are not shown: ${why}.`)
  if (run.baselines.length === 0 && run.finished && run.answers.length + run.numbers.length > 0)
    add(
      'verdict',
      'The run has no trivial baselines: it was trained before runs computed them, or its data is too large.',
    )
  for (const { data, split, total, line, kind } of facts.answers)
    if (kind !== 'span' && line.length < total)
      add(
        'classes',
        `Of ${total.toLocaleString('en-US')} examples of ${data}.${split}, ${line.length.toLocaleString('en-US')} evenly spread ones were kept.`,
      )
  return absent
}

function noAnswers({ scores }: RunFacts): string {
  if (scores.size === 0) return 'No data has answers to score a model by.'
  const masked = [...scores.values()].every(({ values }) =>
    [...values.keys()].every((name) => metricKinds[name] === 'masked'),
  )
  return masked
    ? 'A masked language model gives no answers to texts.'
    : 'The folder `answers` of the run is missing or damaged.'
}
