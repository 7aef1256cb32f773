/** What is said first of a spec, and which parts follow. */
import { describe, expect, it } from 'vitest'
import { painter } from '../../src/diagnostics/paint.ts'
import { withoutColors } from '../../src/diagnostics/terminal-text.ts'
import { paintedWidth } from '../../src/diagnostics/width.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { table, wrapLines } from '../../src/explain/figures.ts'
import { usualParts } from '../../src/explain/parts.ts'
import { type PrintOptions, printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { distill } from '../distill.ts'
import { programOf } from '../lower/spec-run.ts'

const backend = { name: 'wasm', capabilities: new Set<string>() }
const reportOf = (path: string, examples?: number) =>
  reportSpec(programOf({ path }), {
    files: filesOnDisk,
    passes: { disabled: new Set() },
    backend,
    ...(examples === undefined ? {} : { examples: () => examples }),
  })
const summaryOf = (path: string, options: PrintOptions & { examples?: number } = {}) =>
  printReport(reportOf(path, options.examples), { show: new Set(), ...options }).split('\n')

describe('the summary', () => {
  it('says models and sizes, what teaches what for how long, and the memory', () => {
    expect(summaryOf('specs/demo.distill', { examples: 20_000 })).toEqual([
      'specs/demo.distill',
      '  K  teacher_bert  2.89 M parameters  teacher',
      '  T  teacher_bert  2.89 M parameters  student',
      '  A  student_bert   271 k parameters  student, 10.6 times smaller than K',
      '  S  student_bert   271 k parameters  student, 10.6 times smaller than K',
      '  learn          T learns from the labels, on glosses; 1,875 steps of 32',
      '  student_alone  A learns from the labels, on glosses; 3,750 steps of 32',
      '  distil         S learns from K, on transfer; 3,750 steps of 32',
      expect.stringMatching(/^ {2}memory {9}[\d.]+ MiB at most, in learn \(planned\)$/),
      '',
    ])
  })
  it('says the epochs where the data cannot be counted', () => {
    expect(summaryOf('specs/demo.distill')).toContain(
      '  learn          T learns from the labels, on glosses; 3 epochs, batch 32',
    )
  })
  it('has a line for a family of stages, those that are not shown included', () => {
    const text = `
import { bert_base } from "std/bert.distill"
model large = bert_base with { vocabulary = 50, layers = 6, hidden_size = 16, heads = 2 }
teacher T : large {}
student S : large {}
data d { train = "none.txt", text = lines, tokenizer = wordpiece(size = 50), max_length = 8 }
stage climb[m] for m in 1..6 {
  train S.layer[m], minimize mse(S.hidden[m], T.hidden[m])
  data = d, budget = 10 steps, batch = 4, optimizer = adamw(rate = 1e-3)
}
`
    const report = reportSpec(programOf({ text }), { files: filesOnDisk, passes: 'none', backend })
    expect(report.others.flatMap(({ stages }) => stages).length).toBeGreaterThan(0)
    expect(printReport(report, { show: new Set() }).split('\n')).toContain(
      '  climb   S learns from T, on d; 6 stages of 10 steps of 4',
    )
  })
})

describe('a width', () => {
  it.each([60, 80, 120])('of %i columns holds every line, and keeps every word', (columns) => {
    const report = reportOf('specs/tinybert-4.distill')
    const wide = printReport(report, { columns: 1000 })
    const text = printReport(report, { columns, paint: painter(true) })
    expect(text.split('\n').filter((line) => paintedWidth(line) > columns)).toEqual([])
    expect(new Set(withoutColors(text).split(/\s+/))).toEqual(new Set(wide.split(/\s+/)))
  })
  it('wraps the last cell of a row inside its column, or below where that is too narrow', () => {
    const rows = [['name', 'a remark of several words that is long']]
    expect(table(rows, [false, false], 34)).toEqual(['name  a remark of several words', '      that is long'])
    expect(table(rows, [false, false], 24)).toEqual(['name', '  a remark of several', '  words that is long'])
  })
  it('indents what follows by two more', () => {
    expect(wrapLines(['  one two three'], 10)).toEqual(['  one two', '    three'])
  })
})

describe('explain --show', () => {
  it('shows parameters, maps and stages unasked, and divisors and passes where they are asked for', () => {
    const report = reportOf('specs/tinybert-4.distill')
    const usual = printReport(report, { show: usualParts })
    const all = printReport(report)
    for (const words of ['encoder', 'map g', 'a full step of']) expect(usual).toContain(words)
    for (const words of ['divided by', 'nothing to do:']) {
      expect(usual).not.toContain(words)
      expect(all).toContain(words)
    }
    const passes = printReport(report, { show: new Set(['passes']) })
    expect(passes).toContain('nothing to do:')
    for (const words of ['encoder', 'divided by', 'a full step of']) expect(passes).not.toContain(words)
  })
  it('is told of in the help, and refuses a part that is not there', async () => {
    expect((await distill(['explain', '--help'])).out.replace(/\s+/g, ' ')).toContain(
      'parameters, maps, stages, losses, passes, or all',
    )
    const wrong = await distill(['explain', 'specs/demo.distill', '--show', 'divisors'])
    expect([wrong.status, wrong.err]).toEqual([2, expect.stringContaining('there is no part `divisors`')])
  })
})
