/** Answers that are classes: recall, calibration, confusion. And answers that are numbers. */

import { type Content, html, joined } from '../../diagnostics/markup.ts'
import { formatCount } from '../../train/format.ts'
import { classes } from '../charts/classes.ts'
import { confusion } from '../charts/confusion.ts'
import { reliability } from '../charts/reliability.ts'
import { sum } from '../charts/scales.ts'
import { scatter, scatterEnds } from '../charts/scatter.ts'
import { missing, percent } from '../charts/words.ts'
import { confusedClasses, focusedNames, focusOf, isLost, shownClasses } from '../focus.ts'
import type { AnswersData, RunData } from '../schema.ts'
import { absent, details, key, listedWords, type Section, scroller, table, titleOf } from './card.ts'

type Answering = AnswersData['models'][number]

const mostClasses = 28
const mostConfused = 26

/** The models in focus that have answered, the student last. */
function answering(
  run: RunData,
  answers: AnswersData,
): { models: Answering[]; main?: Answering; teacher?: Answering } {
  const focus = focusOf(run)
  const names = focus ? focusedNames(focus) : []
  const models = names.flatMap((name) => answers.models.find(({ model }) => model === name) ?? [])
  const shown = models.length > 0 ? models : answers.models.slice(-3)
  const main = shown.at(-1)
  const teacher = shown.find((one) => one !== main && one.role === 'teacher')
  return { models: shown, ...(main ? { main } : {}), ...(teacher ? { teacher } : {}) }
}

export function classSection(
  run: RunData,
  answers: AnswersData,
  suffix: string,
  prefix: string,
): Section | undefined {
  const shared = { id: `classes${suffix}`, name: 'Classes', title: 'Class by class' }
  const { models, main, teacher } = answering(run, answers)
  if (!main) return { ...shared, body: absent(run, 'classes', 'No model answered the test data.') }
  const { labels, unit, data, split } = answers
  const shown = shownClasses(answers, main.model, teacher?.model, mostClasses)
  if (shown.length === 0) {
    const why = absent(run, 'classes', `The answers on ${data} (${split}) have no classes.`)
    return {
      ...shared,
      name: 'Confidence',
      title: 'Confidence',
      body: joined(answers.unit !== 'questions' && why, calibration(run, models, main, teacher)),
    }
  }
  const lost = shown.filter(isLost)
  const present = answers.support.filter((n) => n > 0).length
  return {
    ...shared,
    say: [
      html`Recall on ${data} (${split}), the most frequent class first. `,
      prefix !== '' && html`All names begin with <code>${prefix}</code>, left out here. `,
      shown.length < present
        ? `Of ${present} classes, the ${Math.floor(mostClasses / 2)} most frequent and the ${mostClasses - Math.floor(mostClasses / 2)} that differ most. `
        : present < labels.length
          ? `${labels.length - present} classes without ${unit} are left out. `
          : '',
      teacher &&
        (lost.length > 0
          ? html`\u25bc lost more than 10 points: ${listedWords(lost.slice(0, 6).map(({ name }) => html`<b>${name}</b>`))}${lost.length > 6 ? ` and ${lost.length - 6} more` : ''}.`
          : 'No class lost more than 10 points.'),
    ],
    body: joined(
      classes(shown, models, unit),
      key([...models].reverse().map(({ model, role }) => ({ role, words: titleOf({ name: model, role }) }))),
      details(
        'All classes as a table',
        scroller('recall and precision by class', classTable(answers, models)),
      ),
      calibration(run, models, main, teacher),
    ),
  }
}

function classTable({ labels, support }: AnswersData, models: readonly Answering[]): Content {
  const order = labels.map((_, i) => i).sort((a, b) => (support[b] ?? 0) - (support[a] ?? 0))
  return table(
    [
      { title: 'class' },
      { title: 'number', isNumber: true },
      ...models.flatMap(({ model }) => [
        { title: `recall of ${model}`, isNumber: true },
        { title: `precision of ${model}`, isNumber: true },
      ]),
    ],
    order
      .slice(0, 250)
      .map((i) => [
        labels[i],
        formatCount(support[i] ?? 0),
        ...models.flatMap(({ recall, precision }) => [percent(recall[i], 0), percent(precision[i], 0)]),
      ]),
    order.length > 250 ? { caption: `The 250 most frequent of ${order.length} classes` } : {},
  )
}

function calibration(
  run: RunData,
  models: readonly Answering[],
  main: Answering,
  teacher: Answering | undefined,
): Content {
  const heading = html`<h3>Whether its confidence is right</h3>`
  const measured = models.filter(({ bins }) => bins.some(({ count }) => count > 0))
  if (measured.length === 0)
    return joined(heading, absent(run, 'calibration', 'The run keeps no confidences.'))
  const difference = (main.calibration_error ?? 0) - (teacher?.calibration_error ?? 0)
  const words =
    Math.abs(difference) < 0.01
      ? 'as well calibrated as'
      : difference < 0
        ? 'better calibrated than'
        : 'worse calibrated than'
  const tooSure = sum(main.bins.map(({ count, confidence, right }) => count * (confidence - right)))
  return joined(
    heading,
    html`<div class="beside">${reliability(measured)}<p class="say">Answers by their confidence, and how many of them are right. On the dashed line a model is as often right as it is sure. ${main.model} is ${tooSure > 0 ? 'too sure' : 'not sure enough'}: its expected calibration error is <b>${percent(main.calibration_error)}</b>${
      teacher ? html`, <b>${words} its teacher</b> (${percent(teacher.calibration_error)})` : ''
    }.</p></div>`,
    details('Confidences as a table', scroller('answers by confidence', binTable(measured))),
  )
}

function binTable(models: readonly Answering[]): Content {
  const bins = models[0]?.bins.map((_, i) => i) ?? []
  return table(
    [
      { title: 'confidence' },
      ...models.flatMap(({ model }) => [
        { title: `answers of ${model}`, isNumber: true },
        { title: `of these right`, isNumber: true },
      ]),
    ],
    bins
      .filter((i) => models.some(({ bins: own }) => (own[i]?.count ?? 0) > 0))
      .map((i) => [
        `${10 * i}% to ${10 * i + 10}%`,
        ...models.flatMap(({ bins: own }) => {
          const { count = 0, right = 0 } = own[i] ?? {}
          return [formatCount(count), count === 0 ? missing : percent(right)]
        }),
      ]),
  )
}

export function confusionSection(run: RunData, answers: AnswersData, suffix: string): Section | undefined {
  const shared = { id: `confusion${suffix}`, name: 'Confusion', title: 'What is taken for what' }
  const { main, teacher } = answering(run, answers)
  if (answers.unit === 'questions') return undefined
  if (!main || main.confusion.length === 0) {
    return {
      ...shared,
      body: absent(
        run,
        'confusion',
        answers.labels.length > 100
          ? `Runs keep no confusion matrix of more than 100 classes; this one has ${answers.labels.length}.`
          : 'The run keeps no confusion matrix.',
      ),
    }
  }
  const { labels, unit } = answers
  const shown = confusedClasses(main.confusion, mostConfused)
  return {
    ...shared,
    say: [
      'A row for each true class, a column for each answer. The darker a cell, the larger its share of the row. ',
      shown.length < labels.length && shown.length >= mostConfused
        ? `Of ${labels.length} classes, the ${shown.length} with the most mistakes. `
        : '',
      html`On the diagonal ${main.model} is right.`,
    ],
    body: joined(
      confusion(main.model, labels, main.confusion, shown),
      largest(main, teacher, labels, unit),
      details(
        'Confusion as a table',
        scroller(
          'answers by true class',
          table(
            [{ title: 'true class' }, ...shown.map((k) => ({ title: labels[k] ?? '', isNumber: true }))],
            shown.map((i) => [labels[i], ...shown.map((k) => formatCount(main.confusion[i]?.[k] ?? 0))]),
          ),
        ),
      ),
    ),
  }
}

function largest(
  main: Answering,
  teacher: Answering | undefined,
  labels: readonly string[],
  unit: string,
): Content {
  const pairs = main.confusion
    .flatMap((row, i) => row.flatMap((n, j) => (i === j || n === 0 ? [] : [{ i, j, n, of: sum(row) }])))
    .sort((a, b) => b.n - a.n)
    .slice(0, 5)
  if (pairs.length === 0) return html`<p class="say">${main.model} makes no mistakes here.</p>`
  const than = (i: number, j: number, n: number): string => {
    const more = n - (teacher?.confusion[i]?.[j] ?? 0)
    return more > 0 ? `+${more}` : more < 0 ? `\u2212${-more}` : '\u00b10'
  }
  return joined(
    html`<h3>The largest confusions of ${main.model}</h3>`,
    scroller(
      'table of the largest confusions',
      table(
        [
          { title: 'true' },
          { title: 'taken for' },
          { title: unit, isNumber: true },
          ...(teacher ? [{ title: `than ${teacher.model}`, isNumber: true }] : []),
        ],
        pairs.map(({ i, j, n, of }) => [
          labels[i],
          labels[j],
          `${n} of ${of}`,
          ...(teacher ? [than(i, j, n)] : []),
        ]),
      ),
    ),
  )
}

/** A run whose answers are neither classes nor numbers has its reason in the place of these panels. */
export function missingAnswers(run: RunData): Section | undefined {
  if (run.answers.length > 0 || run.numbers.length > 0) return undefined
  return {
    id: 'classes',
    name: 'Answers',
    title: 'Class by class',
    isWide: true,
    body: absent(
      run,
      'classes',
      'The run keeps no answers to test data: nothing was evaluated, or its task has no classes.',
    ),
  }
}

export function numberSections(run: RunData): Section[] {
  return run.numbers.map((numbers, i) => ({
    id: i === 0 ? 'numbers' : `numbers-${i + 1}`,
    name: 'Numbers',
    title: 'Predicted against actual',
    isWide: true,
    say: html`${formatCount(numbers.count)} answers on ${numbers.data} (${numbers.split}). On the dashed line an answer is exact.`,
    body: html`<div class="columns three">${numbers.models.map((model) => scatter(model, scatterEnds(numbers)))}</div>`,
  }))
}
