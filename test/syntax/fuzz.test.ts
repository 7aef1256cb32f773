import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printSource } from '../../src/syntax/print.ts'
import { printTree } from '../../src/syntax/print-tree.ts'
import { commentTexts } from './comments.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const texts = ['std/heads.distill', 'std/losses.distill', 'test/fixtures/syntax/kitchen-sink.distill'].map(
  read,
)

/** Texts of expressions, with blanks, newlines and comments where they may be. */
const name = fc.constantFrom('a', 'bc', 'S', 'first', 'from', 'sum', 'a_long_name_that_fills_lines', "token'")
const blanks = fc.constantFrom(' ', '  ', ' ', ' ')
const { expression } = fc.letrec<{ expression: string; operand: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('operand'),
    fc
      .tuple(
        tie('operand'),
        blanks,
        fc.constantFrom('+', '-', '*', '/', '%', '@', '^', '\n  +', '\n*'),
        blanks,
        tie('operand'),
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(tie('operand'), tie('operand'), tie('operand'))
      .map(([a, b, c]) => `if ${a} <= 3 then ${b}\nelse ${c}`),
    fc.tuple(tie('operand'), name).map(([value, axis]) => `(${value} per ${axis} where ${axis})`),
  ),
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    fc.constantFrom('1', '30_522', '15%', '5e-5', '"text"'),
    fc
      .tuple(name, fc.array(tie('expression'), { maxLength: 4 }))
      .map(([f, items]) => `${f}(${items.join(' ,\n ')})`),
    fc.array(tie('operand'), { maxLength: 9 }).map((items) => `[${items.join(',')}]`),
    tie('expression').map((value) => `(\n${value} )`),
    fc.tuple(name, tie('expression')).map(([variable, body]) => `sum ${variable} in 1..3 {\n${body}}`),
    tie('operand').map((value) => `-${value}`),
    fc.tuple(name, name).map(([a, b]) => `${a}.${b}[2]`),
  ),
}))
const end = fc.constantFrom('\n', '\n\n\n', ' // behind\n', '\n// between\n', ', ', ',\n', '\n\n// apart\n\n')
const before = fc.constantFrom('', '  ', '// before\n', '/// documented\n')
const pad = fc.constantFrom(' ', '   ', '     ')

const { entry } = fc.letrec<{ entry: string }>((tie) => ({
  entry: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'entry' },
    fc
      .tuple(before, name, pad, expression)
      .map(([comment, key, gap, value]) => `${comment}${key}${gap}= ${value}`),
    fc
      .tuple(name, end, fc.array(fc.tuple(tie('entry'), end), { maxLength: 4 }))
      .map(([key, first, items]) => `${key} {${first.replace(',', ' ')}${items.flat().join('')} }`),
    fc
      .tuple(name, pad, expression, tie('entry'))
      .map(([key, gap, value, inner]) => `${key}${gap}= (${value}) except [**.x] { ${inner}\n }`),
  ),
}))
const file = fc
  .array(
    fc.oneof(
      fc
        .tuple(before, name, pad, expression, end)
        .map(([c, n, gap, value, e]) => `${c}loss ${n}${gap}= ${value}${e}`),
      fc
        .tuple(before, name, end, fc.array(fc.tuple(entry, end), { maxLength: 5 }), end)
        .map(
          ([c, n, first, items, e]) =>
            `${c}data ${n} {${first.replace(',', ' ')}${items.flat().join('')}}${e}`,
        ),
    ),
    { maxLength: 6 },
  )
  .map((declarations) => declarations.join('\n'))

describe('any text', () => {
  it('that is right keeps its meaning and comments when it is printed, and is printed the same again', () => {
    fc.assert(
      fc.property(file, (text) => {
        const first = parseSource('f', text)
        expect(first.diagnostics).toEqual([])
        const once = printSource(first.tree)
        const second = parseSource('f', once)
        expect(second.diagnostics).toEqual([])
        expect(printTree(second.tree)).toBe(printTree(first.tree))
        expect(commentTexts(second.tree).sort()).toEqual(commentTexts(first.tree).sort())
        expect(printSource(second.tree)).toBe(once)
      }),
      { numRuns: 150 },
    )
  })

  /** A text with a few pieces taken out, doubled, or replaced. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(
        fc.record({
          at: fc.nat(8000),
          length: fc.nat(12),
          by: fc.constantFrom(
            '',
            '',
            '{',
            '}',
            '(',
            ')',
            '"',
            '=',
            ',',
            '\n',
            ' if ',
            '..',
            '@',
            '§',
            'init',
            '//',
            '.',
            '\\',
          ),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    )
    .map(([text, edits]) =>
      edits.reduce((changed, { at, length, by }) => {
        const start = at % (changed.length + 1)
        return changed.slice(0, start) + by + changed.slice(start + length)
      }, text),
    )

  it('that is wrong gives diagnostics with places in it, and a tree that prints as a right text', () => {
    const unprintable = ['E0003', 'E0012', 'E0013'] // the tree keeps what was written
    fc.assert(
      fc.property(mutated, (text) => {
        const { tree, diagnostics } = parseSource('f', text)
        for (const { code, span, message } of diagnostics) {
          expect(code).toMatch(/^E00\d\d$/)
          expect(message).not.toMatch(/Expecting|-->|undefined|Token/)
          expect(span && span.start >= 0 && span.end > span.start && span.end <= text.length + 1).toBe(true)
        }
        if (diagnostics.some(({ code }) => unprintable.includes(code))) return
        const again = parseSource('f', printSource(tree))
        expect(again.diagnostics.filter(({ code }) => code !== 'E0009' && code !== 'E0010')).toEqual([])
        if (diagnostics.length === 0) expect(printTree(again.tree)).toBe(printTree(tree))
      }),
      { numRuns: 60 },
    )
  })

  it('of any characters is no crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        parseSource('f', text)
      }),
      { numRuns: 300 },
    )
  })
})
