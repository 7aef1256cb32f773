import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printTree } from '../../src/syntax/print-tree.ts'

const mistakes = readFileSync(new URL('../fixtures/syntax/mistakes.distill', import.meta.url), 'utf8')

/** `code text-under-the-carets` of each mistake. */
function found(text: string): string[] {
  return parseSource('f', text).diagnostics.map(
    ({ code, span }) => `${code} ${text.slice(span?.start, span?.end)}`,
  )
}

describe('mistakes of syntax', () => {
  it('are all found in one run, and the rest of the file is read', async () => {
    const { tree, diagnostics } = parseSource('mistakes.distill', mistakes)
    const text = renderDiagnostics(diagnostics, new Map([['mistakes.distill', mistakes]]), {
      color: false,
      file: 'mistakes.distill',
    })
    await expect(text).toMatchFileSnapshot('../golden/diagnostics/mistakes.txt')
    await expect(printTree(tree)).toMatchFileSnapshot('../golden/diagnostics/mistakes.tree.txt')
  })

  it.each([
    ['a stray sign', 'setting a = 3;\nsetting b = 4', ['E0002 ;']],
    ['other quotes', 'setting a = “x”', ['E0002 “', 'E0002 ”']],
    ['half a text', 'setting a = f("x)\nsetting b = 2', ['E0003 "x)']],
    ['a block without its end', 'data d {\n  a = 1\nsetting b = 2', ['E0004 setting']],
    ['a block without its end, at the end', 'data d {\n  a = 1\n', ['E0004 1']],
    [
      'two blocks without their ends',
      'data d {\n  a {\n  b = 1\nsetting b = 2',
      ['E0004 setting', 'E0004 setting'],
    ],
    ['a parenthesis without its end', 'data d {\n  a = f(1\n}\nsetting b = 2', ['E0004 }']],
    ['a bracket too many', 'data d { a = 1 } }', ['E0008 }']],
    ['the wrong bracket', 'setting a = [1, 2)', ['E0004 2', 'E0008 )']],
    ['an unknown declaration', 'losss a = 1\nloss b = 2', ['E0005 losss']],
    ['an unknown line', 'model m { withut pooler }', ['E0005 withut']],
    ['two items on a line', 'data d { a = 1 b = 2 }', ['E0006 b']],
    ['two declarations on a line', 'setting a = 1 setting b = 2', ['E0006 setting']],
    ['two arguments without a comma', 'setting a = f(1 2)', ['E0006 2']],
    ['a reserved word as a name', 'def where(x) = x', ['E0007 where']],
    ['a reserved word as a setting', 'data d { init = 3 }', ['E0007 init']],
    ['a suffix twice', 'loss a = f(x) where b where c', ['E0009 where c']],
    ['arguments in the wrong order', 'loss a = f(x = 1, 2)', ['E0010 2']],
    ['another index', 'projection W[m] for k in 1..2 : a -> b = linear', ['E0011 k']],
    ['a name that begins with a digit', 'setting a = 3x', ['E0012 3x']],
    ['an underscore too many', 'setting a = 3__0', ['E0012 3__0']],
    ['an unknown escape', 'setting a = "a\\d"', ['E0013 \\d']],
    [
      'a character by a number that is none',
      'setting a = "\\u{110000}\\u12"',
      ['E0013 \\u{110000}', 'E0013 \\u'],
    ],
    ['an operator at the end of a line', 'loss a = b +\n c', ['E0001 \n']],
    ['no value', 'setting a =', ['E0001 ']],
    ['no operand', 'setting a = 1 * * 2', ['E0001 *']],
    ['nothing in a binder', 'loss a = sum m in 1..2 { }', ['E0001 }']],
    ['a mistake in a binder', 'loss a = sum m in 1..2 { b c }\nloss d = 1', ['E0001 c']],
    ['an empty list of imports', 'import { } from "x"', ['E0001 }']],
    ['a colon', 'data d { a: 1 }', ['E0001 :']],
    ['a brace on the next line', 'data d\n{ a = 1 }', ['E0001 \n']],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  it('in one item leave its neighbours', () => {
    const text = 'model m {\n a = 1\n b = = 2\n c {\n  d = (\n  e = 3\n }\n f = 4\n}\nloss g = 5'
    const { tree } = parseSource('f', text)
    expect(printTree(tree)).toBe('file\n  model m\n    bind a 1\n    nested c\n    bind f 4\n  loss g 5\n')
  })

  it('end at a hundred', () => {
    const text = Array.from({ length: 300 }, () => 'setting = 1').join('\n')
    expect(parseSource('f', text).diagnostics).toHaveLength(100)
  })

  it('in brackets nested without end are no crash', () => {
    expect(found(`setting a = ${'('.repeat(20_000)}`)).toEqual(['E0014 ('])
    expect(found(`setting a = ${'['.repeat(150)}${']'.repeat(150)}`)).toEqual([])
  })
})
