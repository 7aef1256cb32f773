import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reportPage } from '../../src/report/page/page.ts'
import { panels, type ReportData, reportSchema } from '../../src/report/schema.ts'
import { wellFormed } from '../draw/well-formed.ts'
import { hostileText, type Size, synthetic } from './synthetic.ts'

const page = (data: ReportData, texts = true): string => reportPage(data, { texts })

/** The page without its style and script, which are not of the data. */
function content(html: string): string {
  return html
    .replace('<!doctype html>\n', '')
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<script>[\s\S]*?<\/script>/, '')
}

/** What no page has: values that are none, and shapes outside of their picture. */
function faults(html: string): string[] {
  const markup = content(html)
  const none = /.{0,60}(?:\bNaN\b|\bundefined\b|\bInfinity\b|\[object).{0,20}/.exec(markup)?.[0]
  const outside = [...markup.matchAll(/<svg viewBox="0 0 (\d+) (\d+)"[^>]*>([\s\S]*?)<\/svg>/g)].flatMap(
    ([, width, height, inside = '']) =>
      [...inside.matchAll(/<(?:text|rect|line|circle) [^>]*>/g)]
        .map(([shape]) => shape)
        .filter((shape) => {
          const at = (name: string): number =>
            Number(new RegExp(` ${name}="(-?[\\d.]+)"`).exec(shape)?.[1] ?? 0)
          const [x, y] = [at('x') + at('cx') + at('x2'), at('y') + at('cy') + at('y2')]
          return (
            x < -1 || y < -1 || x + at('width') > Number(width) + 1 || y + at('height') > Number(height) + 1
          )
        })
        .map((shape) => `${width} x ${height}: ${shape}`),
  )
  return [
    ...(none === undefined ? [] : [none]),
    ...(wellFormed(markup) ? [] : ['not well formed']),
    ...outside.slice(0, 3),
  ]
}

const sizes: [string, Partial<Size>][] = [
  ['as most are', {}],
  ['of a single class', { classes: 1 }],
  ['of two classes', { classes: 2, terms: 2 }],
  ['of 150 classes', { classes: 150, terms: 6, stages: 8 }],
  ['of twelve layers', { teacherLayers: 12, studentLayers: 4, terms: 3 }],
  ['of a student with more layers than its teacher', { teacherLayers: 2, studentLayers: 6, terms: 2 }],
  ['of one point', { rows: 1, evaluations: 1, stages: 1 }],
  ['of nothing', { rows: 0, evaluations: 0, texts: 0, stages: 0 }],
  ['with gaps', { gaps: true, terms: 3, runs: 2, settings: 2, seeds: 3 }],
  ['of several ranks', { ranks: 4 }],
  ['of many ranks', { ranks: 64, stages: 6 }],
  ['of hostile texts', { ranks: 3, hostile: true, runs: 2, settings: 6, terms: 2 }],
  ['of numbers', { numbers: true, seeds: 5 }],
  ['of several runs', { runs: 8 }],
  ['of tags', { task: 'tags', classes: 7 }],
  ['of questions', { task: 'spans', classes: 0 }],
  ['of a large sweep', { settings: 5, seeds: 5 }],
]

describe('a report', () => {
  it.each(sizes)('%s is made of data that its schema takes', (_, size) => {
    expect(reportSchema.safeParse(JSON.parse(JSON.stringify(synthetic(size)))).error).toBeUndefined()
  })

  it.each(sizes)('%s has no missing values and nothing outside its pictures', (_, size) => {
    expect(faults(page(synthetic(size)))).toEqual([])
  })

  it('of any size has none either', () => {
    const arbitrary = fc.record({
      teacherLayers: fc.integer({ min: 0, max: 14 }),
      studentLayers: fc.integer({ min: 0, max: 14 }),
      classes: fc.integer({ min: 1, max: 60 }),
      stages: fc.integer({ min: 0, max: 8 }),
      terms: fc.integer({ min: 1, max: 8 }),
      rows: fc.integer({ min: 0, max: 40 }),
      evaluations: fc.integer({ min: 0, max: 12 }),
      texts: fc.integer({ min: 0, max: 3 }),
      runs: fc.integer({ min: 1, max: 4 }),
      settings: fc.integer({ min: 0, max: 4 }),
      seeds: fc.integer({ min: 1, max: 4 }),
      numbers: fc.boolean(),
      hostile: fc.boolean(),
      gaps: fc.boolean(),
    })
    fc.assert(
      fc.property(
        arbitrary,
        fc.integer({ min: 1, max: 99 }),
        (size, seed) => faults(page(synthetic(size, seed))).length === 0,
      ),
      { numRuns: 24 },
    )
  })

  it('of unusable numbers draws gaps, not lines to nowhere', () => {
    const data = synthetic({ rows: 12 })
    for (const stage of data.runs[0]?.stages ?? []) {
      for (const [i, row] of stage.rows.entries()) {
        row.loss = i < 6 ? 0 : i === 7 ? -1 : null
        row.norm = i === 3 ? 1e30 : 0
        row.rate = 0
      }
    }
    expect(faults(page(data))).toEqual([])
  })

  it('stays under 1.5 MB, however much it is given', () => {
    const most = {
      teacherLayers: 24,
      studentLayers: 12,
      classes: 400,
      stages: 8,
      terms: 6,
      rows: 5000,
      evaluations: 200,
    }
    const html = page(synthetic({ ...most, texts: 500, runs: 20, settings: 5, seeds: 5, hostile: true }))
    expect(Buffer.byteLength(html)).toBeLessThan(1.5 * 2 ** 20)
  }, 120_000)

  it('holds texts of users as text', () => {
    const html = page(synthetic({ hostile: true, settings: 6 }))
    expect(hostileText).toContain('<script>')
    expect(html.match(/<script/g)?.length).toBe(1)
    expect(content(html)).not.toMatch(/alert\("|<b>&"/)
    expect(content(html)).toContain(
      "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &quot;quoted&quot; 'single' \u{1f600}",
    )
    // Not a character of XML; and overrides of direction would turn the words around them.
    expect(html).not.toMatch(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u)
  })

  it('leaves out texts where it is asked to, and names their lines', () => {
    const data = synthetic()
    expect(page(data)).toContain('a naked swim')
    const without = page(data, false)
    expect(without).not.toContain('a naked swim')
    expect(without).toContain('--no-texts')
    expect(without).toContain('data/demo/test.tsv:18')
  })

  it('says why a panel is missing, and draws nothing in its place', () => {
    const data = synthetic()
    const [run] = data.runs
    if (!run) throw new Error('no run')
    const empty = {
      ...run,
      architecture: undefined,
      stages: [],
      agreement: [],
      answers: [],
      memory: [],
      compile: [],
      clock: [],
      next: [],
      absent: panels.map((panel) => ({ panel, why: `No ${panel} in **this** run.` })),
    }
    const html = page({ ...data, runs: [empty] })
    expect(faults(html)).toEqual([])
    const said = [
      'architecture',
      'training',
      'agreement',
      'classes',
      'speed',
      'clock',
      'memory',
      'compile',
      'next',
    ]
    expect(said.filter((panel) => !html.includes(`No ${panel} in <b>this</b> run.`))).toEqual([])
    // Tiles and treemaps are left.
    expect(html.match(/<svg viewBox="0 0 \d+ \d+" role="img"/g)?.length).toBe(4)
  })

  it('leaves out how all names of classes begin, and says so', () => {
    const data = synthetic({ classes: 4 })
    const [answers] = data.runs[0]?.answers ?? []
    if (!answers) throw new Error('no answers')
    Object.assign(answers, { labels: ['noun.act', 'noun.animal', 'noun.body', 'noun.artifact'] })
    const html = page(data)
    expect(html).toContain('All names begin with <code>noun.</code>, left out here.')
    expect(html).toMatch(/class="[tb]" text-anchor="end">(?:\u25bc )?animal</)
    Object.assign(answers, { labels: ['tea', 'team', 'tear', 'teach'] })
    expect(page(data)).not.toContain('All names begin')
  })

  it('of answers without classes says so', () => {
    const data = synthetic()
    const [answers] = data.runs[0]?.answers ?? []
    if (!answers) throw new Error('no answers')
    for (const model of answers.models) Object.assign(model, { recall: [], precision: [], confusion: [] })
    Object.assign(answers, { unit: 'questions', labels: [], support: [] })
    const html = page(data)
    expect(faults(html)).toEqual([])
    expect(html).toContain('<h2 id="classes-title">Confidence</h2>')
    expect(html).not.toContain('confusion matrix')
    expect(html).toContain('Question by question')
  })

  it('lets the browser run its own script and nothing else', () => {
    const html = page(synthetic({ hostile: true }))
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; /)
    expect(content(html)).not.toMatch(/ (?:style|on\w+)="|(?:src|href)="(?!#)/)
  })
})
