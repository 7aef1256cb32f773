/**
 * No module keeps anything between two calls: what a run changes, it is given. Backends alone hold devices and libraries, of which a process has one. Read from
 * the syntax: what a module declares at its top (variables, static fields), and whether any function writes to it.
 */
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { nameOf, sources } from './modules.ts'

/** Methods that change a Map, Set, array or typed array. */
const changing = new Set(
  'set add delete clear push pop shift unshift splice sort reverse fill copyWithin'.split(' '),
)

/** The names that a text declares or imports at its top and that a function writes to, with how. `text`: of one file. */
function stateOf(text: string): string[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true)
  const state: string[] = []
  const top = new Set<string>()
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement) && /^['"]\./.test(statement.moduleSpecifier.getText(file))) {
      const named = statement.importClause?.namedBindings
      if (named && ts.isNamedImports(named)) for (const { name } of named.elements) top.add(name.text)
    }
    if (ts.isVariableStatement(statement)) {
      const { declarations, flags } = statement.declarationList
      for (const { name } of declarations) {
        const names = namesIn(name)
        if ((flags & ts.NodeFlags.Const) === 0) state.push(...names.map((one) => `${one} is not const`))
        else for (const one of names) top.add(one)
      }
    }
    if (ts.isClassDeclaration(statement))
      for (const member of statement.members) {
        const isStatic =
          ts.isPropertyDeclaration(member) &&
          member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
        if (isStatic) state.push(`${statement.name?.text}.${member.name.getText(file)} is static`)
      }
  }
  const visit = (node: ts.Node): void => {
    const owner = writtenTo(node)
    if (owner && top.has(owner.text) && isInFunction(node) && !isShadowed(owner))
      state.push(`${owner.text} is written to`)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...new Set(state)]
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []))
}

/** The variable at the left of what a node writes: `a` in `a.b = 1`, `a[0]++`, `delete a.b`, `a.b.set(c)`, and in `a.exec(text)`, which moves the place of a global pattern. */
function writtenTo(node: ts.Node): ts.Identifier | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
    return assigns ? ownerOf(node.left) : undefined
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const { operator } = node
    const steps = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken
    return steps ? ownerOf(node.operand) : undefined
  }
  if (ts.isDeleteExpression(node)) return ownerOf(node.expression)
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  const { name, expression } = node.expression
  if (changing.has(name.text)) return ownerOf(expression)
  if (expression.getText() === 'Object' && name.text === 'assign') {
    const [target] = node.arguments
    return target && ownerOf(target)
  }
  return undefined
}

function ownerOf(node: ts.Node): ts.Identifier | undefined {
  if (ts.isIdentifier(node)) return node
  const inner =
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isNonNullExpression(node)
  return inner ? ownerOf(node.expression) : undefined
}

/** What runs once, when the module is loaded, fills a table; what runs in a function keeps state. */
function isInFunction(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return true
  return false
}

/** Whether a function or block around it declares the same name. */
function isShadowed(name: ts.Identifier): boolean {
  for (let at: ts.Node = name.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) && at.parameters.some((one) => namesIn(one.name).includes(name.text)))
      return true
    const lists = ts.isBlock(at)
      ? at.statements.flatMap((one) => (ts.isVariableStatement(one) ? [one.declarationList] : []))
      : (ts.isForStatement(at) || ts.isForOfStatement(at)) && at.initializer
        ? [at.initializer].filter(ts.isVariableDeclarationList)
        : []
    if (lists.some((list) => list.declarations.some((one) => namesIn(one.name).includes(name.text))))
      return true
  }
  return false
}

describe('state of modules', () => {
  it.each([
    ['let', 'export let count = 0', ['count is not const']],
    [
      'a map',
      'const cache = new Map<string, number>()\nexport const f = (x: string) => cache.set(x, 1)',
      ['cache is written to'],
    ],
    ['an array', 'const seen: string[] = []\nfunction f() { seen.push("a") }', ['seen is written to']],
    ['an object', 'const last = { x: 0 }\nfunction f() { last.x += 1 }', ['last is written to']],
    [
      'an entry',
      'const counts = new Float64Array(9)\nfunction f() { counts[0]++ }',
      ['counts is written to'],
    ],
    ['a nested one', 'const a = { b: new Set() }\nclass C { m() { a.b.add(1) } }', ['a is written to']],
    [
      'of another module',
      "import { seen } from './seen.ts'\nconst f = () => seen.add(1)",
      ['seen is written to'],
    ],
    ['a static field', 'class C { static count = 0 }', ['C.count is static']],
    ['a table that loading fills', 'const table = new Map()\nfor (const x of [1]) table.set(x, x)', []],
    ['a local of the same name', 'const list = [1]\nfunction f() { const list = []; list.push(1) }', []],
    ['a parameter of the same name', 'const list = [1]\nfunction f(list: number[]) { list.push(1) }', []],
  ])('is seen: %s', (_, text, expected) => {
    expect(stateOf(text)).toEqual(expected)
  })

  it('there is none outside backends', () => {
    const stateful = sources
      .filter((path) => !nameOf(path).startsWith('src/backends/'))
      .flatMap((path) => stateOf(readFileSync(path, 'utf8')).map((what) => `${nameOf(path)}: ${what}`))
    expect(stateful).toEqual([])
  })
})
