/** What learned from what, where the parameters are, and the scores of all models and baselines. */
import { isMetric } from '../../check/metric-names.ts'
import { type Content, html, joined } from '../../diagnostics/markup.ts'
import { formatBytes, formatCount } from '../../train/format.ts'
import { metrics as metricTable } from '../../train/metrics/index.ts'
import { architecture } from '../charts/architecture.ts'
import { comparison } from '../charts/comparison.ts'
import { treemaps } from '../charts/treemap.ts'
import { metricText, milliseconds, missing, percent } from '../charts/words.ts'
import { focusOf } from '../focus.ts'
import type { ReportData, RunData } from '../schema.ts'
import { absent, details, key, listedWords, type Section, scroller, table } from './card.ts'

export function modelSection(run: RunData): Section {
  return {
    id: 'models',
    name: 'Models',
    title: 'Models side by side',
    isWide: true,
    body: scroller('table of models', scoreTable(run)),
  }
}

function scoreTable(run: RunData): Content {
  const main = focusOf(run)?.main
  const models = [...run.models].sort((a, b) => Number(b === main) - Number(a === main))
  const names = [
    ...new Set([...models, ...run.baselines].flatMap(({ metrics }) => Object.keys(metrics))),
  ].sort((a, b) => Number(b === run.metric?.name) - Number(a === run.metric?.name))
  const scores = (metrics: RunData['baselines'][number]['metrics']): string[] =>
    names.map((name) => metricText({ share: isMetric(name) && metricTable[name].share }, metrics[name]))
  const latency = models.some(({ latency_ms }) => latency_ms !== undefined)
  return table(
    [
      { title: 'model' },
      { title: 'made of', style: 'made' },
      { title: 'parameters', isNumber: true },
      { title: 'size', isNumber: true },
      ...(latency ? [{ title: 'latency', isNumber: true }] : []),
      ...names.map((name) => ({ title: name.replaceAll('_', ' '), isNumber: true })),
    ],
    [
      ...models.map((model) => [
        model.name,
        [model.model, model.note === '' ? '' : `: ${model.note}`],
        formatCount(model.parameters),
        formatBytes(model.bytes),
        ...(latency ? [model.latency_ms === undefined ? missing : milliseconds(model.latency_ms)] : []),
        ...scores(model.metrics),
      ]),
      ...run.baselines.map(({ name, data, split, metrics }) => [
        name,
        `trivial baseline on ${data}, ${split}`,
        missing,
        missing,
        ...(latency ? [missing] : []),
        ...scores(metrics),
      ]),
    ],
    models.length > 1 ? { highlighted: 0 } : {},
  )
}

export function architectureSection(run: RunData): Section | undefined {
  const data = run.architecture
  const student = run.models.find(({ name }) => name === data?.student)
  const teacher = run.models.find(({ name }) => name === data?.teacher)
  const shared = { id: 'architecture', name: 'Architecture', title: 'What learned from what' }
  if (!data || !student || !teacher) {
    return {
      ...shared,
      body: absent(run, 'architecture', 'No stage of this run distils a teacher into a student.'),
    }
  }
  const agreement = run.agreement.find((one) => one.student === student.name && one.teacher === teacher.name)
  const one = data.terms.length === 1
  return {
    ...shared,
    say: [
      html`Solid: ${one ? 'the loss' : 'the losses'} of stage <b>${data.stage}</b>. `,
      agreement &&
        'Dashed: the state of the teacher that each state of the student is most like, by linear CKA. ',
      'Width of a box: its units.',
    ],
    body: joined(
      architecture(data, student, teacher, agreement),
      data.links.length > 0 &&
        details(
          'What is compared, as a table',
          scroller(
            'states that the losses compare',
            table(
              [
                { title: 'loss' },
                { title: `state of ${student.name}` },
                { title: `state of ${teacher.name}` },
              ],
              data.links.map((link) => [link.term, link.student, link.teacher]),
            ),
          ),
        ),
    ),
  }
}

export function parameterSection(run: RunData): Section | undefined {
  const focus = focusOf(run)
  const shared = { id: 'parameters', name: 'Parameters', title: 'Where the parameters are' }
  const picture = focus && treemaps(focus.main, focus.teacher)
  if (!focus || !picture)
    return { ...shared, body: absent(run, 'parameters', 'The run keeps no sizes of its parameters.') }
  const { main, teacher } = focus
  const whole = main.parts.reduce((sum, { parameters }) => sum + parameters, 0)
  const shareOf = (kind: string): number =>
    main.parts.reduce((sum, part) => sum + (part.kind === kind ? part.parameters : 0), 0) / whole
  const [embedding, layers] = [shareOf('embedding'), shareOf('layer')]
  return {
    ...shared,
    say: [
      embedding > 0 &&
        html`<b>${percent(embedding, 0)} of ${main.name} is its embedding</b>, ${percent(layers, 0)} its layers. `,
      teacher ? 'Equal areas are equal numbers of parameters.' : 'Areas are numbers of parameters.',
    ],
    body: joined(
      picture,
      details(
        'Parameters as a table',
        scroller(
          'parameters by part',
          table(
            [{ title: 'model' }, { title: 'part' }, { title: 'parameters', isNumber: true }],
            [teacher, main].flatMap((model) =>
              (model?.parts ?? []).map(({ title, parameters }) => [
                model?.name,
                title,
                formatCount(parameters),
              ]),
            ),
          ),
        ),
      ),
    ),
  }
}

/** Runs beside each other: scores, and the settings in which they differ. */
export function runsSection({ runs }: ReportData): Section | undefined {
  const [first] = runs
  if (!first || runs.length < 2) return undefined
  const { metric } = first
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))]
  const differing = names.filter((name) => new Set(runs.map(({ settings }) => settings[name])).size > 1)
  const picture = metric && comparison(runs, metric)
  const students = runs.map((run) => focusOf(run)?.main)
  return {
    id: 'runs',
    name: 'Runs',
    title: `${runs.length} runs side by side`,
    isWide: true,
    say: [
      html`All panels below show <b>${first.name}</b>. `,
      metric && picture
        ? `Marks are models, bars their 95% intervals; at the right the ${metric.name.replaceAll('_', ' ')} of the student.`
        : '',
      differing.length > 0 &&
        html` The runs differ in ${listedWords(differing.map((name) => html`<b>${name}</b>`))}.`,
    ],
    body: joined(
      picture && scroller('scores of the runs', picture, true),
      picture &&
        key([
          { role: 'student', words: 'student' },
          { role: 'teacher', words: 'teacher' },
          { role: 'alone', words: 'the same student alone' },
        ]),
      scroller(
        'table of runs',
        table(
          [
            { title: 'run' },
            { title: 'spec' },
            ...differing.map((title) => ({ title })),
            { title: 'seed', isNumber: true },
            { title: 'parameters', isNumber: true },
            ...(metric ? [{ title: metric.name.replaceAll('_', ' '), isNumber: true }] : []),
          ],
          runs.map(({ name, spec, settings, seed, finished }, i) => [
            [name, !finished && ' (not finished)'],
            spec,
            ...differing.map((setting) => settings[setting] ?? missing),
            String(seed),
            students[i] ? formatCount(students[i].parameters) : missing,
            ...(metric ? [metricText(metric, students[i]?.metrics[metric.name])] : []),
          ]),
        ),
      ),
    ),
  }
}
