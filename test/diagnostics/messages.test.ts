import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { messages, subjects } from '../../src/diagnostics/messages/index.ts'

const root = new URL('../..', import.meta.url).pathname
const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => /\.(ts|txt)$/.test(path))
const readText = (path: string): string => readFileSync(join(root, path), 'utf8')
const parsed = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

function nodesOf(node: ts.Node): ts.Node[] {
  const all = [node]
  ts.forEachChild(node, (child) => {
    all.push(...nodesOf(child))
  })
  return all
}

/** A golden file holds what a run printed: `error[E0101]: ...`, or `E0101: ...` in a list of many. */
function codesPrinted(text: string): string[] {
  return [...text.matchAll(/^ *(?:\w+\[)?(E\d{4})\]?: /gm)].map(([, code = '']) => code)
}

/** Codes in what a test expects: in an argument of `expect(...).toBe(...)` and its like, or in a table of cases. */
function codesExpected(file: ts.SourceFile): string[] {
  return nodesOf(file).flatMap((node) => {
    const isText =
      ts.isStringLiteralLike(node) ||
      ts.isRegularExpressionLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    return isText && isExpected(node) ? (node.getText().match(/E\d{4}\b/g) ?? []) : []
  })
}

function isExpected(text: ts.Node): boolean {
  for (let node = text; node.parent; node = node.parent) {
    const call = node.parent
    if (!ts.isCallExpression(call) || call.expression === node) continue
    const called = call.expression.getText()
    if (/^expect\b/.test(called)) return !/\.not\.\w+$/.test(called)
    if (/\.each$/.test(called)) return true
  }
  return false
}

describe('the messages', () => {
  const source = join(root, 'src')
  const folder = join(source, 'diagnostics/messages')

  it('are all in the index, by the files of their subjects', () => {
    const files = readdirSync(folder).filter((file) => file !== 'index.ts')
    expect(
      Object.keys(subjects)
        .map((subject) => `${subject}.ts`)
        .sort(),
    ).toEqual(files.sort())
  })

  it('have a code each', () => {
    const codes = messages.map(({ code }) => code)
    expect(codes.filter((code, i) => codes.indexOf(code) !== i || !/^E\d{4}$/.test(code))).toEqual([])
  })

  it('are all reported: a file of src imports each by its name', () => {
    const imported = new Set(
      readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .flatMap((path) => [
          ...readFileSync(join(source, path), 'utf8').matchAll(
            /import \{([^}]*)\} from '[^']+\/messages\/[\w-]+\.ts'/g,
          ),
        ])
        .flatMap(([, names = '']) => names.split(',').map((name) => name.trim().split(' ')[0] ?? '')),
    )
    const all = Object.values(subjects).flatMap((subject) => Object.keys(subject))
    expect(all.filter((name) => !imported.has(name))).toEqual([])
  })

  it('are all met by a test', () => {
    const met = new Set(
      filesOf('test').flatMap((path) => {
        if (path.startsWith('test/golden/')) return codesPrinted(readText(path))
        if (!path.endsWith('.test.ts')) return []
        const text = readText(path)
        return /E\d{4}/.test(text) ? codesExpected(parsed(path, text)) : []
      }),
    )
    expect(messages.map(({ code }) => code).filter((code) => !met.has(code))).toEqual([])
  })

  it.each([
    ['a comment', '// E0101 is met\nexpect(1).toBe(1)', []],
    ['a string that is nowhere expected', "const code = 'E0101'", []],
    ['what is expected not to come', "expect(code).not.toBe('E0101')", []],
    ['an expected code', "expect(code).toBe('E0101')", ['E0101']],
    ['an expected error', 'expect(() => run()).toThrow(/E0101: no/)', ['E0101']],
    ['a field of an object', "expect(list).toEqual([{ code: 'E0101' }])", ['E0101']],
    ['a table of cases', "it.each([['a', /E0101/]])('%s', (_, wanted) => {})", ['E0101']],
  ])('are not met by every text: %s', (_, text, codes) => {
    expect(codesExpected(parsed('example.test.ts', text))).toEqual(codes)
  })
})
