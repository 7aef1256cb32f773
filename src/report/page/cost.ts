/** What the run took: step times, wall clock, memory of a step, and the compilation of its stages. */

import { html, joined, type Markup } from '../../diagnostics/markup.ts'
import { formatBytes, formatCount, formatDuration } from '../../train/format.ts'
import { memory } from '../charts/memory.ts'
import { sum } from '../charts/scales.ts'
import { stepTimes } from '../charts/step-times.ts'
import { type Span, timeline } from '../charts/timeline.ts'
import { milliseconds, missing } from '../charts/words.ts'
import type { CompileData, RunData } from '../schema.ts'
import { absent, details, type Section, scroller, table } from './card.ts'

const mostSpans = 26

export function speedSection(run: RunData): Section {
  const times = stepTimes(run.stages)
  return {
    id: 'speed',
    name: 'Speed',
    title: 'Speed',
    ...(times
      ? {
          say: 'Time of a step over the logged intervals. Line: the median. Dark: half of them. Light: nine of ten.',
        }
      : {}),
    body: joined(
      times ?? absent(run, 'speed', 'The run logged no step times.'),
      times && details('Step times as a table', scroller('times of a step by stage', stepTable(run))),
      clockPart(run),
    ),
  }
}

function stepTable({ stages }: RunData): Markup {
  return table(
    [
      { title: 'stage' },
      ...['5%', '25%', 'median', '75%', '95%'].map((title) => ({ title, isNumber: true })),
      { title: 'tokens a second', isNumber: true },
    ],
    stages.flatMap(({ name, step_ms: time, tokens_per_second: tokens }) =>
      time
        ? [
            [
              name,
              ...[time.low, time.q1, time.median, time.q3, time.high].map(milliseconds),
              tokens === undefined ? missing : formatCount(Math.round(tokens)),
            ],
          ]
        : [],
    ),
  )
}

function clockPart(run: RunData): Markup {
  const total = sum(run.clock.map(({ seconds }) => seconds))
  const heading = html`<h3>${total > 0 ? `Where ${formatDuration(total)} went` : 'Wall clock'}</h3>`
  if (total <= 0) return joined(heading, absent(run, 'clock', 'The run keeps no wall clock.'))
  const spans = run.clock.map(({ title, kind, seconds }, i): Span => {
    const at = sum(run.clock.slice(0, i).map((part) => part.seconds))
    return {
      title,
      style: `clock ${kind}`,
      at,
      length: seconds,
      ...(kind === 'reused' ? { note: 'taken from an earlier run' } : {}),
    }
  })
  const most = spans.reduce((a, b) => (b.length > a.length ? b : a))
  return joined(
    heading,
    timeline(
      spans,
      total,
      `${formatDuration(total)} in all, most of them for ${most.title}: ${formatDuration(most.length)}`,
      seconds,
    ),
    details(
      'Times as a table',
      scroller(
        'where the time went',
        table(
          [{ title: 'what' }, { title: 'time', isNumber: true }],
          run.clock.map(({ title, seconds: time }) => [title, seconds(time)]),
        ),
      ),
    ),
  )
}

function seconds(value: number): string {
  return value > 0 && value < 10 ? `${Number(value.toFixed(1))} s` : formatDuration(value)
}

export function memorySection(run: RunData): Section {
  const shared = { id: 'memory', name: 'Memory', title: 'Memory of a step' }
  const planned = run.memory.filter(({ live }) => live.length > 1)
  const [first] = planned
  if (!first) return { ...shared, body: absent(run, 'memory', 'The run keeps no plan of its memory.') }
  const largest = planned.reduce((a, b) => (b.peak + b.standing > a.peak + a.standing ? b : a))
  const isMeasured = planned.some(({ measured }) => measured !== undefined)
  return {
    ...shared,
    say: [
      html`Bytes held while one step is computed, as planned, each stage on its own scale. Grey: weights and moments. The most is <b>${formatBytes(largest.peak + largest.standing)}</b> in stage ${largest.stage}, at the ${largest.peak_name}. `,
      isMeasured ? 'Green: the most that the backend held.' : 'The backend cannot say what it held.',
    ],
    body: joined(
      memory(planned.slice(0, 8)),
      details('Memory as a table', scroller('memory by stage', memoryTable(planned))),
    ),
  }
}

function memoryTable(planned: RunData['memory']): Markup {
  return table(
    [
      { title: 'stage' },
      { title: 'most in a step', isNumber: true },
      { title: 'at' },
      { title: 'all the time', isNumber: true },
      { title: 'measured', isNumber: true },
    ],
    planned.map(({ stage, peak, peak_name, standing, measured }) => [
      stage,
      formatBytes(peak),
      peak_name,
      formatBytes(standing),
      measured === undefined ? missing : formatBytes(measured),
    ]),
  )
}

export function compileSection(run: RunData): Section | undefined {
  const shared = { id: 'compile', name: 'Compiler', title: 'Compilation' }
  const compiled = run.compile.filter(({ spans }) => spans.length > 0)
  const [first] = compiled
  if (!first) return { ...shared, body: absent(run, 'compile', 'The run keeps no times of its compilation.') }
  // The stage that distils is the one of interest; the others are a click away.
  const main = compiled.find(({ stage }) => stage === run.architecture?.stage) ?? compiled.at(-1) ?? first
  const others = compiled.filter((stage) => stage !== main)
  return {
    ...shared,
    title: `Compilation of stage ${main.stage}`,
    say: html`<b>${milliseconds(main.total_ms)}</b>. Grey: the front end. Blue: passes over the losses. Red: passes over losses and gradients. Yellow: memory and kernels. Pale: changed nothing.`,
    body: joined(
      waterfall(main),
      details(
        'Passes as a table',
        scroller(
          `passes of stage ${main.stage}`,
          table(
            [{ title: 'what' }, { title: 'time', isNumber: true }, { title: 'result' }],
            main.spans.map(({ name, ms, changed, note }) => [
              name,
              milliseconds(ms),
              note ?? (changed === false ? 'changed nothing' : ''),
            ]),
          ),
        ),
      ),
      others
        .slice(0, 7)
        .map((stage) => details(`Stage ${stage.stage}, ${milliseconds(stage.total_ms)}`, waterfall(stage))),
    ),
  }
}

/** Of many passes the longest, in their order. */
function waterfall({ stage, spans, total_ms }: CompileData): Markup {
  const least = Math.max(0, [...spans].sort((a, b) => b.ms - a.ms)[mostSpans - 1]?.ms ?? 0)
  const shown = spans.filter(({ ms }) => ms >= least).slice(0, mostSpans)
  const longest = shown.reduce((a, b) => (b.ms > a.ms ? b : a))
  const left = spans.length - shown.length
  return joined(
    scroller(
      `compilation of stage ${stage}`,
      timeline(
        shown.map(({ name, kind, at_ms, ms, changed, note }) => ({
          title: name,
          style: `span ${kind}`,
          at: at_ms,
          length: ms,
          isIdle: changed === false,
          note: note ?? (changed === false ? 'changed nothing' : undefined),
        })),
        total_ms,
        `Compilation of stage ${stage} takes ${milliseconds(total_ms)}; ${longest.name} takes the most, ${milliseconds(longest.ms)}`,
        milliseconds,
      ),
    ),
    left > 0 && html`<p class="say">${left} shorter passes are left out.</p>`,
  )
}
