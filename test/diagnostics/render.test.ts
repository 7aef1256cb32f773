import { describe, expect, it } from 'vitest'
import type { Diagnostic, Span } from '../../src/diagnostics/diagnostic.ts'
import { diagnosticsToJson, renderDiagnostics } from '../../src/diagnostics/render.ts'
import { terminalText } from '../../src/diagnostics/terminal-text.ts'

const spec = [
  'import { bert_base } from "std/bert.distill"',
  'model tinybert_4 = bert_base with { layers = 4, hidden_size = 312 }',
  'loss hidn(S, T) =',
  '  sum m in 0..S.layers { mse(S.hidden[m], T.hidden[g(m)]) }',
  '\tloss tabbed\t= 學 + unknown',
  `loss long = ${Array.from({ length: 30 }, (_, i) => `name_${i}`).join(' + ')}`,
  'model wide = bert_base with { hiden_size = 1024 }',
].join('\n')
const library = 'model bert_base {\n  layers = 12\n  hidden_size = 768\n}\n'
const sources = new Map([
  ['tinybert.distill', spec],
  ['std/bert.distill', library],
])

/** The place of the first `text` behind the first `after`. */
function at(text: string, after = '', file = 'tinybert.distill'): Span {
  const source = sources.get(file) ?? ''
  const start = source.indexOf(text, source.indexOf(after))
  return { file, start, end: start + text.length }
}

const sizes: Diagnostic = {
  code: 'E0312',
  severity: 'error',
  message: 'these two states have different sizes',
  span: at('T.hidden[g(m)]'),
  label: '[example, token, unit 768]',
  secondary: [
    { span: at('S.hidden[m]'), text: '[example, token, unit 312]' },
    { span: at('hidden_size = 312'), text: '312 comes from here' },
    { span: at('hidden_size = 768', '', 'std/bert.distill'), text: '768 comes from here' },
  ],
  help: 'a projection makes them comparable:\nprojection W : tinybert_4.hidden_size -> bert_base.hidden_size = linear\nmse(W(S.hidden[m]), T.hidden[g(m)])',
}
const misspelt: Diagnostic = {
  code: 'E0107',
  severity: 'error',
  message: 'bert_base has no setting `hiden_size`',
  span: at('hiden_size'),
  label: 'did you mean `hidden_size`?',
}

const render = (
  diagnostics: readonly Diagnostic[],
  options: { color?: boolean; columns?: number; file?: string } = {},
) => renderDiagnostics(diagnostics, sources, { color: false, ...options })

describe('rendered diagnostics', () => {
  it('show both sides of a mistake, its cause and its remedy', async () => {
    await expect(render([sizes, misspelt], { file: 'tinybert.distill' })).toMatchFileSnapshot(
      '../golden/diagnostics/two-errors.txt',
    )
  })

  it('in colour are the same text', () => {
    const colored = terminalText(render([sizes, misspelt], { color: true, file: 'tinybert.distill' }))
    expect(colored).toContain('\u001b[31m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
    const plain = colored.replace(/\u001b\[\d+m/g, '')
    expect(plain.replace(/ +$/gm, '')).toBe(render([sizes, misspelt], { file: 'tinybert.distill' }))
  })

  it('put the carets under tabs and wide characters', () => {
    const text = render([{ ...misspelt, span: at('unknown'), label: 'here' }])
    expect(text).toContain('5 |   loss tabbed  = 學 + unknown\n')
    expect(text).toContain(`  |${' '.repeat(23)}^^^^^^^ here\n`)
    const wide = render([{ ...misspelt, span: at('學'), label: 'here' }])
    expect(wide).toContain(`  |${' '.repeat(18)}^^ here\n`)
    expect(wide).toContain(':5:16\n')
  })

  it('of a long line show the part that matters', async () => {
    const far: Diagnostic = {
      ...misspelt,
      span: at('name_27'),
      label: 'a label that has no room behind the mark',
    }
    const near: Diagnostic = { ...misspelt, span: at('name_2'), label: 'a label' }
    const both: Diagnostic = { ...near, secondary: [{ span: at('name_20'), text: 'another' }] }
    const text = render([far, near, both], { columns: 80 })
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    await expect(text).toMatchFileSnapshot('../golden/diagnostics/long-line.txt')
  })

  it('draw a mark inside another', () => {
    const inside: Diagnostic = {
      ...misspelt,
      span: at('mse(S.hidden[m], T.hidden[g(m)])'),
      label: 'outer',
      secondary: [{ span: at('S.hidden[m]'), text: 'inner' }],
    }
    const rows = render([inside]).split('\n').slice(4)
    expect(rows).toEqual([
      `  | ${' '.repeat(25)}^^^^-----------^^^^^^^^^^^^^^^^^`,
      `  | ${' '.repeat(25)}|   inner`,
      `  | ${' '.repeat(25)}outer`,
      '',
    ])
  })

  it('need no place', () => {
    const missing: Diagnostic = {
      code: 'E0805',
      severity: 'error',
      message: 'no file data.tsv',
      help: 'make it',
    }
    expect(render([missing], { file: 'a.distill' })).toBe(
      'error[E0805]: no file data.tsv\n  = help: make it\n\n1 error in a.distill. `distill check --explain E0805` says more.\n',
    )
  })

  it('name a place in a file whose text is unknown', () => {
    const elsewhere: Diagnostic = { ...misspelt, span: { file: 'gone.distill', start: 3, end: 4 } }
    expect(render([elsewhere])).toBe(
      'error[E0107]: bert_base has no setting `hiden_size`\n --> gone.distill\n  | did you mean `hidden_size`?\n',
    )
  })

  it('mark the end of the file', () => {
    const end = { file: 'tinybert.distill', start: spec.length, end: spec.length + 1 }
    const text = render([{ ...misspelt, span: end, label: 'here' }])
    expect(text.split('\n').at(-2)).toBe(`  | ${' '.repeat(49)}^ here`)
  })

  it('over several lines are marked to the end of the first', () => {
    const span = { file: 'tinybert.distill', start: at('loss hidn').start, end: at('loss tabbed').end }
    expect(render([{ ...misspelt, span, label: 'here' }])).toContain(`  | ${'^'.repeat(17)} here\n`)
  })

  it('count warnings and notes apart', () => {
    const text = render(
      [{ ...misspelt, severity: 'warning' }, { ...sizes, severity: 'note' }, sizes, misspelt],
      { file: 'a' },
    )
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      '2 errors, 1 warning, 1 note in a. `distill check --explain E0312` says more.',
    )
  })

  it('say that warnings alone are no errors', () => {
    const text = render([{ ...misspelt, severity: 'warning' }], { file: 'a' })
    expect(text).toMatch(/^warning\[E0107\]: /)
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      'no errors, 1 warning in a. `distill check --explain E0107` says more.',
    )
  })

  it('of nothing are nothing', () => {
    expect(render([], { file: 'a' })).toBe('')
  })
})

describe('diagnostics as JSON', () => {
  it('have lines and columns from 1, ends exclusive', () => {
    expect(diagnosticsToJson([sizes], sources)).toEqual([
      {
        code: 'E0312',
        severity: 'error',
        message: 'these two states have different sizes',
        file: 'tinybert.distill',
        line: 4,
        column: 43,
        endLine: 4,
        endColumn: 57,
        label: '[example, token, unit 768]',
        secondary: [
          {
            file: 'tinybert.distill',
            line: 4,
            column: 30,
            endLine: 4,
            endColumn: 41,
            text: '[example, token, unit 312]',
          },
          {
            file: 'tinybert.distill',
            line: 2,
            column: 49,
            endLine: 2,
            endColumn: 66,
            text: '312 comes from here',
          },
          {
            file: 'std/bert.distill',
            line: 3,
            column: 3,
            endLine: 3,
            endColumn: 20,
            text: '768 comes from here',
          },
        ],
        help: sizes.help,
      },
    ])
  })

  it('leave out a place that there is not', () => {
    expect(diagnosticsToJson([{ code: 'E0805', severity: 'error', message: 'no file' }], sources)).toEqual([
      { code: 'E0805', severity: 'error', message: 'no file', secondary: [] },
    ])
  })
})
