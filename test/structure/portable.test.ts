/**
 * The half of the tool that compiles runs wherever JavaScript does: in a page, too. It uses nothing of Node, and imports no file that does. What reads
 * files, trains or serves is another half.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { importsOf, nameOf, root, sources } from './modules.ts'

/** Folders that may use Node. */
const ofNode = [
  'src/files', // opens files for reading
  'src/disk',
  'src/run', // private folders, the collector of garbage
  'src/backends',
  'src/weights',
  'src/data',
  'src/cluster',
  'src/train',
  'src/tensorboard',
  'src/huggingface',
  'src/runtime',
  'src/explain/data', // what is in the files of data
  'src/language-server',
  'src/report',
  'src/library',
  'src/begin',
  'src/serve',
  'src/watch',
  'src/cli',
  'editors/vscode',
]

const isOfNode = (path: string): boolean => ofNode.some((folder) => nameOf(path).startsWith(`${folder}/`))

/** What a text uses of Node, apart from types: its modules, and globals that the text does not declare. */
function nodeIn(text: string): readonly string[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  const found = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) {
      for (const { text: name } of namesOf(node)) declared.add(name)
      return
    }
    if (isNamed(node) && node.name && ts.isIdentifier(node.name)) declared.add(node.name.text)
    if (ts.isStringLiteral(node) && node.text.startsWith('node:')) found.add(node.text)
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) found.add('import.meta')
    if (ts.isIdentifier(node) && globals.has(node.text) && !isMember(node)) found.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...found].filter((name) => !declared.has(name)).sort()
}

const globals = new Set(['process', 'Buffer', '__dirname', '__filename', 'setImmediate'])

function isNamed(node: ts.Node): node is ts.Node & { readonly name?: ts.Node } {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportSpecifier(node)
  )
}

function namesOf({ importClause }: ts.ImportDeclaration): readonly ts.Identifier[] {
  const bindings = importClause?.namedBindings
  return bindings && ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name) : []
}

/** `program.process`, `{ process: 1 }` */
function isMember({ parent }: ts.Identifier): boolean {
  return (
    ts.isPropertyAccessExpression(parent) &&
    ts.isIdentifier(parent.name) &&
    globals.has(parent.name.text) &&
    parent.expression.getText() !== 'globalThis'
  )
}

const used = new Map(sources.map((path) => [path, nodeIn(readFileSync(path, 'utf8'))]))

/** What is reached by imports of values, each with the file that imports it. */
function reached(from: readonly string[]): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>(from.map((path) => [path, undefined]))
  for (const [path] of found)
    for (const { target, typeOnly } of importsOf(path))
      if (!typeOnly && !found.has(target)) found.set(target, path)
  return found
}

function nodeReached(from: readonly string[]): readonly string[] {
  const importers = reached(from)
  const wayTo = (path: string | undefined): readonly string[] =>
    path === undefined ? [] : [...wayTo(importers.get(path)), nameOf(path)]
  return [...importers.keys()].flatMap((path) => {
    const names = used.get(path) ?? []
    return names.length === 0 ? [] : [`${wayTo(path).join(' -> ')} uses ${names.join(', ')}`]
  })
}

describe('the compiler without Node', () => {
  it('is all that is in folders which are not for Node', () => {
    expect(nodeReached(sources.filter((path) => !isOfNode(path)))).toEqual([])
  })

  it.each([
    'src/language/service.ts',
    'src/check/check.ts',
    'src/explain/report.ts',
    'src/playground/worker.ts',
  ])('is reached from %s', (entry) => {
    const from = [join(root, entry)]
    expect(reached(from).size).toBeGreaterThan(100)
    expect(nodeReached(from)).toEqual([])
  })

  it('lists folders that use Node, and no others', () => {
    const using = [...used].flatMap(([path, names]) => (names.length > 0 ? [nameOf(path)] : []))
    expect(ofNode.filter((folder) => !using.some((name) => name.startsWith(`${folder}/`)))).toEqual([])
  })

  it('sees what a text uses of Node', () => {
    expect(nodeIn("import { join } from 'node:path'\nimport { a } from './a.ts'")).toEqual(['node:path'])
    expect(nodeIn("import type { Stats } from 'node:fs'\nconst b = await import('node:os')")).toEqual([
      'node:os',
    ])
    expect(nodeIn('const a = process.env.A ?? Buffer.from(import.meta.url)')).toEqual([
      'Buffer',
      'import.meta',
      'process',
    ])
    expect(nodeIn('const a = process.pid // Buffer')).toEqual(['process'])
    expect(nodeIn('interface Buffer { readonly size: number }\nfunction f(one: Buffer) {}')).toEqual([])
    expect(nodeIn("const text = 'process.argv'\nconst c = stage.process")).toEqual([])
  })
})
