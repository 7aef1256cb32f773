/**
 * Text -> syntax tree. Never throws for wrong input: every mistake is a diagnostic, and the tree has
 * everything that could be read.
 */
import type * as cst from '../../grammar/cst-types.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { specTooLong } from '../diagnostics/messages/syntax.ts'
import { findColumns, withColumns } from './alignment.ts'
import type { Declaration, Parameter, SourceFile, Trivia } from './ast.ts'
import { type Balanced, balance } from './brackets.ts'
import { buildExpression, buildPath } from './build-expression.ts'
import { buildEntries, buildFamily, buildItems, buildModelItems } from './build-items.ts'
import { type BuildContext, buildName, buildString, nodeSpan, one } from './build-names.ts'
import type { Expression } from './expressions.ts'
import { type Lexed, lex } from './lex.ts'
import { limits } from './limits.ts'
import { excessiveNesting } from './nesting.ts'
import { parseTokens } from './recover.ts'
import { separate } from './separators.ts'
import { syntaxDiagnostics } from './syntax-errors.ts'
import { CommentCursor } from './trivia.ts'

/** The size of a text, or the room for one. */
export interface TextSize {
  readonly characters: number
  readonly words: number
}

export interface ParsedSource {
  readonly tree: SourceFile
  readonly diagnostics: Diagnostic[]
  /** Absent if the text is larger than `room`. Then nothing was parsed. */
  readonly size?: TextSize
}

/**
 * The tree of a whole file, and E00xx diagnostics in the order of the text. Spans are UTF-16 offsets into
 * `text`.
 */
export function parseSource(file: string, text: string, room: TextSize = limits): ParsedSource {
  const refused = (diagnostic: Diagnostic): ParsedSource => ({
    tree: { file, declarations: [], dangling: [] },
    diagnostics: [diagnostic],
  })
  if (text.length > room.characters) {
    const span = { file, start: 0, end: Math.min(40, text.search(/\n|$/)) }
    return refused(specTooLong({ span, unit: 'characters', most: limits.characters }))
  }
  const lexed = lex(file, text, 0, room.words)
  if (lexed.excess) return refused(specTooLong({ span: lexed.excess, unit: 'words', most: limits.words }))
  const balanced = balance(file, lexed.tokens)
  const { tree, diagnostics } = treeOf(file, lexed, balanced)
  const comments = new CommentCursor(withColumns(lexed), text, findColumns(lexed.tokens))
  const context: BuildContext = { file, comments, report: (diagnostic) => diagnostics.push(diagnostic) }
  const { items, dangling } = buildItems(
    context,
    tree.children.declaration ?? [],
    0,
    text.length + 1,
    (node, trivia) => buildDeclaration(context, node, trivia),
  )
  diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0))
  const size = { characters: text.length, words: lexed.words }
  return { tree: { file, declarations: items, dangling }, diagnostics, size }
}

/**
 * One expression, as in the holes of a names table (`"encoder.layer.{m - 1}"`). `offset` is the place of
 * `text` in the file; spans are offsets in the file. With diagnostics there is no expression.
 */
export function parseExpressionText(
  file: string,
  text: string,
  offset = 0,
): { expression?: Expression; diagnostics: Diagnostic[] } {
  // The expression is put into a declaration, so that the parser of files can read it. Blanks keep the
  // offsets right.
  const lexed = lex(file, text, offset)
  const prefix = lex(file, 'setting hole =', offset).tokens.map((token) => ({
    ...token,
    endOffset: offset - 1,
    startOffset: offset,
  }))
  const balanced = balance(file, [...prefix, ...lexed.tokens])
  const { tree, diagnostics } = treeOf(file, lexed, balanced)
  const context: BuildContext = {
    file,
    comments: new CommentCursor([], text, new Map()),
    report: (diagnostic) => diagnostics.push(diagnostic),
  }
  const node = tree.children.declaration?.[0]?.children.setting?.[0]?.children.expression[0]
  if (!node || diagnostics.length > 0) return { diagnostics }
  const expression = buildExpression(context, node)
  return diagnostics.length > 0 ? { diagnostics } : { expression, diagnostics }
}

/** The concrete tree and all errors so far. Nothing is parsed if something is nested too deeply. */
function treeOf(file: string, lexed: Lexed, balanced: Balanced) {
  const separated = separate(balanced.tokens)
  const excess = excessiveNesting(file, separated)
  const { tree, errors } = parseTokens(excess ? [] : separated)
  const diagnostics = syntaxDiagnostics(file, lexed, balanced, errors)
  if (excess) diagnostics.push(excess)
  return { tree, diagnostics }
}

function buildDeclaration(context: BuildContext, node: cst.DeclarationCstNode, trivia: Trivia): Declaration {
  const c = node.children
  const base = { trivia, span: nodeSpan(context, node) }
  if (c.import) {
    const { importName, file } = one(c.import).children
    const names = importName.map(({ children: { name, as } }) => ({
      name: buildName(context, one(name)),
      ...(as && { as: buildName(context, one(as)) }),
    }))
    return { kind: 'import', names, from: buildString(context, one(file)), ...base }
  }
  if (c.setting) {
    const { name, expression } = one(c.setting).children
    const value = buildExpression(context, one(expression))
    return { kind: 'setting', name: buildName(context, one(name)), value, ...base }
  }
  if (c.data) {
    const { name, base: from, entries } = one(c.data).children
    const of = from && { base: buildName(context, one(from)) }
    return {
      kind: 'data',
      name: buildName(context, one(name)),
      ...of,
      body: buildEntries(context, one(entries)),
      ...base,
    }
  }
  if (c.model) {
    const { name, base: from, modelItems } = one(c.model).children
    const of = from && { base: buildName(context, one(from)) }
    const body = modelItems && { body: buildModelItems(context, one(modelItems)) }
    return { kind: 'model', name: buildName(context, one(name)), ...of, ...body, ...base }
  }
  if (c.head) {
    const { name, parameters, modelItems } = one(c.head).children
    return {
      kind: 'head',
      name: buildName(context, one(name)),
      parameters: parameters ? buildParameters(context, one(parameters)) : [],
      body: buildModelItems(context, one(modelItems)),
      ...base,
    }
  }
  if (c.instance) return buildInstance(context, one(c.instance), base)
  if (c.map) {
    const { name, from, to, expression } = one(c.map).children
    const paths = { from: buildPath(context, one(from)), to: buildPath(context, one(to)) }
    const value = buildExpression(context, one(expression))
    return { kind: 'map', name: buildName(context, one(name)), ...paths, value, ...base }
  }
  if (c.projection) {
    const { name, family, from, to, expression } = one(c.projection).children
    const paths = { from: buildPath(context, one(from)), to: buildPath(context, one(to)) }
    const many = family && { family: buildFamily(context, one(family)) }
    const value = buildExpression(context, one(expression))
    return { kind: 'projection', name: buildName(context, one(name)), ...many, ...paths, value, ...base }
  }
  if (c.function) {
    const { what, name, parameters, expression } = one(c.function).children
    return {
      kind: one(what).image === 'def' ? 'def' : 'loss',
      name: buildName(context, one(name)),
      ...(parameters && { parameters: buildParameters(context, one(parameters)) }),
      body: buildExpression(context, one(expression)),
      ...base,
    }
  }
  if (c.sweep)
    return { kind: 'sweep', body: buildEntries(context, one(one(c.sweep).children.entries)), ...base }
  const { name, family, after, entries } = one(c.stage).children
  const many = family && { family: buildFamily(context, one(family)) }
  const follows = after && { after: buildName(context, one(after)) }
  return {
    kind: 'stage',
    name: buildName(context, one(name)),
    ...many,
    ...follows,
    body: buildEntries(context, one(entries)),
    ...base,
  }
}

function buildInstance(
  context: BuildContext,
  node: cst.InstanceCstNode,
  base: Pick<Declaration, 'trivia' | 'span'>,
): Declaration {
  const c = node.children
  const role = one(c.role).image === 'student' ? 'student' : 'teacher'
  const name = buildName(context, one(c.name))
  if (c.of) {
    const of = buildName(context, one(c.of))
    return { kind: 'copy', role, name, of, after: buildName(context, one(c.after)), ...base }
  }
  const model = buildName(context, one(c.model))
  return { kind: 'instance', role, name, model, body: buildEntries(context, one(c.entries)), ...base }
}

function buildParameters(context: BuildContext, node: cst.ParametersCstNode): Parameter[] {
  return (node.children.parameter ?? []).map(({ children: { name, expression } }) => ({
    name: buildName(context, one(name)),
    ...(expression && { defaultValue: buildExpression(context, one(expression)) }),
  }))
}
