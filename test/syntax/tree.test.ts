import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Span } from '../../src/diagnostics/diagnostic.ts'
import { parseExpressionText, parseSource } from '../../src/syntax/build-ast.ts'
import { expressionText, printTree } from '../../src/syntax/print-tree.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

describe('the syntax tree', () => {
  it.each([
    ['std/bert.distill', 'bert'],
    ['std/heads.distill', 'heads'],
    ['std/losses.distill', 'losses'],
    ['test/fixtures/syntax/kitchen-sink.distill', 'kitchen-sink'],
  ])('of %s', async (file, name) => {
    const { tree, diagnostics } = parseSource(file, read(file))
    expect(diagnostics).toEqual([])
    await expect(printTree(tree)).toMatchFileSnapshot(`../golden/syntax/${name}.tree.txt`)
  })

  it.each([
    ['a + b * c', '(+ a (* b c))'],
    ['a - b - c', '(- (- a b) c)'],
    ['a / b * c', '(* (/ a b) c)'],
    ['a^b^c', '(^ a (^ b c))'],
    ['-a^2', '(- (^ a 2))'],
    ['a^-2', '(^ a (- 2))'],
    ['a @ b + c', '(+ (@ a b) c)'],
    ['a + b <= c * d', '(<= (+ a b) (* c d))'],
    ['1..n - 1', '(.. 1 (- n 1))'],
    ['if a < b then c else d + e', '(if (< a b) c (+ d e))'],
    ['m -> n -> m * n', '(-> m (-> n (* m n)))'],
    ['f(a, k = b)(c)[1..2].d', '(. (index (call (call f a k: b) c) (.. 1 2)) d)'],
    ['a * f(x) per token where any', '(* a (suffix (call f x) per: (token) where: any))'],
    ['f(x) within example per (a, b)', '(suffix (call f x) per: (a b) within: example)'],
    ['[accuracy on d, f1] on on', '(suffix [(suffix accuracy on: d) f1] on: on)'],
    ['(f(x) where any)^2', '(^ (paren (suffix (call f x) where: any)) 2)'],
    ['sum m in 0..n { x } + 1', '(+ (sum m (.. 0 n) x) 1)'],
    ['sum(x) + mean(y) + sum', '(+ (+ (call sum x) (call mean y)) sum)'],
    ['3 epochs', '(epochs 3)'],
    ["dot(a', example'')", "(call dot a' example'')"],
    ['first.group.example', '(. (. first group) example)'],
    ['input', 'input'],
  ])('groups %s', (text, expected) => {
    const { expression, diagnostics } = parseExpressionText('f', text)
    expect(diagnostics).toEqual([])
    expect(expression && expressionText(expression)).toBe(expected)
  })

  it.each([
    ['15%', { kind: 'number', value: 0.15, text: '15%' }],
    ['30_522', { kind: 'number', value: 30522, text: '30_522' }],
    ['5e-5', { kind: 'number', value: 5e-5, text: '5e-5' }],
    ['2GiB', { kind: 'size', bytes: 2 * 1024 ** 3, text: '2GiB' }],
    ['1.5KB', { kind: 'size', bytes: 1500, text: '1.5KB' }],
    ['125_000 steps', { kind: 'quantity', value: 125000, text: '125_000', unit: 'steps' }],
    ['1 epoch', { kind: 'quantity', value: 1, text: '1', unit: 'epochs' }],
    ['"a\\n\\"b\\" {m - 1}"', { kind: 'string', value: 'a\n"b" {m - 1}' }],
  ])('reads %s', (text, expected) => {
    expect(parseExpressionText('f', text).expression).toMatchObject(expected)
  })

  it('reads a line that begins with an operator, or with per, where, within, then, else, except, as going on', () => {
    const { tree, diagnostics } = parseSource(
      'f',
      'loss a = b\n  + c\n  * d\n  per token\n  where any\nloss e = if f\n then g\n\n else h\nstage s {\n a = b\n except [c] { d = 1 }\n}',
    )
    expect(diagnostics).toEqual([])
    expect(printTree(tree)).toBe(
      'file\n  loss a (+ b (* c (suffix d per: (token) where: any)))\n  loss e (if f g h)\n  stage s\n    set a b\n      except c\n        set d 1\n',
    )
  })

  it('reads a path that begins with * at the beginning of a line as a path', () => {
    const text =
      'model m {\n init {\n  ** from T\n  *.bias from zeros()\n  * from ones()\n }\n a = b\n  * c\n}'
    const { tree, diagnostics } = parseSource('f', text)
    expect(diagnostics).toEqual([])
    expect(printTree(tree)).toBe(
      'file\n  model m\n    init\n      ** from T\n      *.bias from (call zeros)\n      * from (call ones)\n    bind a (* b c)\n',
    )
  })

  it('lets every word but the reserved ones be a name', () => {
    const words =
      'import setting data model head teacher student map projection def loss stage from as with after for in to except example group groups sum mean without share factorize tap names leaf transposed minimize train freeze continue epochs epoch steps step'
    for (const word of words.split(' ')) {
      const text = `model ${word} { ${word} = ${word} + 1, ${word} { x = ${word}.${word} }, tap ${word}[0] = ${word} }\nstage ${word} { ${word} = 1 }`
      expect(parseSource('f', text).diagnostics, word).toEqual([])
    }
  })

  it('gives every node the text that it stands for', () => {
    const file = 'test/fixtures/syntax/kitchen-sink.distill'
    const text = read(file)
    const { tree } = parseSource(file, text)
    const texts: string[] = []
    const walk = (node: unknown): void => {
      if (Array.isArray(node)) node.forEach(walk)
      if (typeof node !== 'object' || node === null) return
      if ('span' in node && 'kind' in node) {
        const { start, end } = node.span as Span
        const own = text.slice(start, end)
        expect(own).toBe(own.trim())
        if (node.kind === 'name' && 'name' in node) expect(own).toBe(node.name)
        if (node.kind === 'number' && 'text' in node) expect(own).toBe(node.text)
        if (node.kind === 'call') texts.push(own)
      }
      for (const value of Object.values(node)) walk(value)
    }
    walk(tree)
    expect(texts).toContain('minilm_attention(S.scores[S.layers], T.scores[T.layers])')
    expect(texts).toContain('W(S.hidden[m])')
    expect(texts.filter((own) => !/^[\w.[\]]+\(.*\)$/s.test(own))).toEqual([])
  })

  it('keeps comments where they belong', () => {
    const { tree } = parseSource(
      'f',
      '/// about a\nmodel a { // opening\n  // before x\n  x = 1 // behind x\n  // dangling\n}\n// end',
    )
    const [model] = tree.declarations
    if (model?.kind !== 'model' || !model.body) throw new Error('no model')
    expect(model.trivia.leading.map(({ text, documentation }) => [text, documentation])).toEqual([
      ['about a', true],
    ])
    expect(model.body.opening?.text).toBe('opening')
    expect(model.body.items[0]?.trivia.leading[0]?.text).toBe('before x')
    expect(model.body.items[0]?.trivia.trailing?.text).toBe('behind x')
    expect(model.body.dangling[0]?.text).toBe('dangling')
    expect(tree.dangling[0]?.text).toBe('end')
  })

  it('gives the spans of a hole in a text', () => {
    const { expression } = parseExpressionText('f', 'm - 1', 40)
    expect(expression?.span).toEqual({ file: 'f', start: 40, end: 45 })
    const { expression: none, diagnostics } = parseExpressionText('f', 'm - ', 40)
    expect(none).toBeUndefined()
    expect(diagnostics.map(({ code, span }) => [code, span?.start])).toEqual([['E0001', 43]])
  })
})
