import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printSource } from '../../src/syntax/print.ts'
import { printTree } from '../../src/syntax/print-tree.ts'
import { commentTexts } from './comments.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const folder = (path: string) =>
  readdirSync(new URL(path, root))
    .filter((name) => name.endsWith('.distill'))
    .map((name) => `${path}${name}`)

const files = [
  ...folder('std/'),
  ...folder('test/fixtures/examples/'),
  ...folder('specs/'),
  'test/fixtures/syntax/kitchen-sink.distill',
]

describe('the formatter', () => {
  it.each(files)('keeps the meaning and the comments of %s, and its own output', (file) => {
    const before = parseSource(file, read(file))
    expect(before.diagnostics).toEqual([])
    const once = printSource(before.tree)
    const after = parseSource(file, once)
    expect(after.diagnostics).toEqual([])
    expect(printTree(after.tree)).toBe(printTree(before.tree))
    expect(commentTexts(after.tree).sort()).toEqual(commentTexts(before.tree).sort())
    expect(printSource(after.tree)).toBe(once)
  })

  it.each(files)('loses no comment of %s', (file) => {
    const text = read(file)
    const written = [...text.matchAll(/\/\/.*/g)].map(([comment]) => comment.trimEnd()).sort()
    const printed = [...printSource(parseSource(file, text).tree).matchAll(/\/\/.*/g)].map(
      ([comment]) => comment,
    )
    expect(printed.sort()).toEqual(written)
  })

  it('prints the kitchen sink', async () => {
    const { tree } = parseSource('kitchen-sink.distill', read('test/fixtures/syntax/kitchen-sink.distill'))
    await expect(printSource(tree)).toMatchFileSnapshot('../golden/syntax/kitchen-sink.distill')
  })

  it.each([
    ['settles blanks', 'setting a=1+2*-3', 'setting a = 1 + 2 * -3\n'],
    ['keeps lines together', 'data d {\na = 1,b = 2\nc = 3\n}', 'data d {\n  a = 1, b = 2\n  c = 3\n}\n'],
    ['keeps a block on one line', 'data d {a = 1,b = 2}', 'data d { a = 1, b = 2 }\n'],
    [
      'keeps one blank line of many',
      'setting a = 1\n\n\n\nsetting b = 2',
      'setting a = 1\n\nsetting b = 2\n',
    ],
    ['drops blank lines at the ends of a block', 'data d {\n\na = 1\n\n}', 'data d {\n  a = 1\n}\n'],
    ['keeps columns', 'data d {\na   = 1\nbcd = 2\n}', 'data d {\n  a   = 1\n  bcd = 2\n}\n'],
    ['makes columns narrow', 'data d {\na    = 1\nbcd  = 2\n}', 'data d {\n  a   = 1\n  bcd = 2\n}\n'],
    ['makes no columns', 'data d {\na = 1\nbcd = 2\n}', 'data d {\n  a = 1\n  bcd = 2\n}\n'],
    ['parts declarations', 'setting a = 1, setting b = 2', 'setting a = 1\nsetting b = 2\n'],
    ['keeps numbers', 'setting a = [30_522, 1.50, 5E-5, 015%]', 'setting a = [30_522, 1.50, 5E-5, 015%]\n'],
    ['says one epoch', 'data d { a = 1 epochs, b = 2 epoch }', 'data d { a = 1 epoch, b = 2 epochs }\n'],
    ['prints nothing for nothing', '\n\n', ''],
    ['keeps a lone comment', '// only this', '// only this\n'],
    ['keeps a comment in an empty block', 'data d { // a\n// b\n}', 'data d {  // a\n  // b\n}\n'],
  ])('%s', (_, text, expected) => {
    const { tree, diagnostics } = parseSource('f', text)
    expect(diagnostics).toEqual([])
    expect(printSource(tree)).toBe(expected)
  })

  it('breaks long expressions before operators', () => {
    const names = Array.from({ length: 12 }, (_, i) => `quite_a_long_name_${i}`)
    const { tree } = parseSource('f', `loss a = ${names.join(' + ')}`)
    const [first, ...others] = printSource(tree).trimEnd().split('\n')
    expect(first).toBe(`loss a = ${names[0]}`)
    expect(others).toEqual(names.slice(1).map((name) => `  + ${name}`))
  })

  it('breaks no line that fits and leaves none that does not', () => {
    for (const file of files) {
      const { tree } = parseSource(file, read(file))
      for (const line of printSource(tree).split('\n')) {
        const code = line.replace(/ *\/\/.*/, '')
        expect(code.length, code).toBeLessThanOrEqual(120)
      }
    }
  })
})
