/**
 * The formatter: a syntax tree -> its text. Comments stay, and runs of blank lines become one. What was on
 * one line stays there if it fits. Names, `=` and comments that were in columns stay in columns. All other
 * layout is decided here. Formatting a formatted text changes nothing.
 */
import { alignLines } from './alignment.ts'
import type { Declaration, Parameter, SourceFile } from './ast.ts'
import { type Doc, group, indent, join, type Line, layOut, space } from './layout.ts'
import { commentText, lineWidth, printBlock, printFamily, printList } from './print-block.ts'
import { printExpression, printPath } from './print-expression.ts'
import { printEntry, printModelItem } from './print-items.ts'

/** Ends with a newline, unless the file is empty. */
export function printSource(tree: SourceFile): string {
  const doc = printList(tree.declarations, tree.dangling, printDeclaration, 0)
  const lines = alignLines(layOut(doc, lineWidth), lineWidth)
  const text = lines.map(lineText).join('\n')
  return text === '' ? '' : `${text}\n`
}

function lineText({ indent: depth, text, comment }: Line): string {
  const code = text === '' ? '' : ' '.repeat(depth) + text
  if (!comment) return code
  const column = comment.column === undefined ? 0 : comment.column + depth
  return code.padEnd(Math.max(column, code.length + 2)) + commentText(comment)
}

// ---------------------------------------------------------------- declarations

function printDeclaration(declaration: Declaration, depth: number): Doc {
  const d = declaration
  switch (d.kind) {
    case 'import': {
      const names = d.names.map(({ name, as }) => (as ? `${name.text} as ${as.text}` : name.text))
      return group('import {', indent(space, join(names, [',', space])), space, `} from ${d.from.text}`)
    }
    case 'setting':
      return ['setting ', d.name.text, ' = ', printExpression(d.value)]
    case 'data':
      return [
        'data ',
        d.name.text,
        ' ',
        d.base ? `= ${d.base.text} with ` : '',
        printBlock(d.body, printEntry, depth),
      ]
    case 'model': {
      const body = d.body ? printBlock(d.body, printModelItem, depth) : ''
      if (!d.base) return ['model ', d.name.text, ' ', body]
      return ['model ', d.name.text, ' = ', d.base.text, d.body ? ' with ' : '', body]
    }
    case 'head': {
      const parameters = d.parameters.length > 0 ? printParameters(d.parameters) : ''
      return ['head ', d.name.text, parameters, ' ', printBlock(d.body, printModelItem, depth)]
    }
    case 'instance':
      return [d.role, ' ', d.name.text, ' : ', d.model.text, ' ', printBlock(d.body, printEntry, depth)]
    case 'copy':
      return `${d.role} ${d.name.text} = ${d.of.text} after ${d.after.text}`
    case 'map':
    case 'projection': {
      const family = d.kind === 'projection' && d.family ? printFamily(d.family) : ''
      const paths = [printPath(d.from), ' -> ', printPath(d.to)]
      return [d.kind, ' ', d.name.text, family, ' : ', paths, ' = ', printExpression(d.value)]
    }
    case 'def':
    case 'loss': {
      const parameters = d.parameters ? printParameters(d.parameters) : ''
      return [d.kind, ' ', d.name.text, parameters, ' = ', printExpression(d.body)]
    }
    case 'stage': {
      const family = d.family ? printFamily(d.family) : ''
      const after = d.after ? ` after ${d.after.text}` : ''
      return ['stage ', d.name.text, family, after, ' ', printBlock(d.body, printEntry, depth)]
    }
    case 'sweep':
      return ['sweep ', printBlock(d.body, printEntry, depth)]
  }
}

function printParameters(parameters: readonly Parameter[]): Doc {
  const docs = parameters.map(({ name, defaultValue }) =>
    defaultValue ? [name.text, ' = ', printExpression(defaultValue)] : name.text,
  )
  return ['(', join(docs, ', '), ')']
}
