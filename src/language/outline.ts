/** The declarations of a spec with their parts, and what can be folded. They need a tree, not a check. */
import {
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  SymbolKind,
} from 'vscode-languageserver-types'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Declaration, Entry, ModelItem, SourceFile } from '../syntax/ast.ts'
import type { Name } from '../syntax/expressions.ts'
import type { Lines } from './positions.ts'

const kinds: { readonly [kind in Declaration['kind']]: SymbolKind } = {
  import: SymbolKind.Module,
  setting: SymbolKind.Constant,
  data: SymbolKind.Struct,
  model: SymbolKind.Class,
  head: SymbolKind.Interface,
  instance: SymbolKind.Object,
  copy: SymbolKind.Object,
  map: SymbolKind.Array,
  projection: SymbolKind.Array,
  def: SymbolKind.Function,
  loss: SymbolKind.Function,
  stage: SymbolKind.Event,
  sweep: SymbolKind.Enum,
}

export function outlineOf(tree: SourceFile, lines: Lines): readonly DocumentSymbol[] {
  return tree.declarations.flatMap((declaration) => {
    if (declaration.kind === 'import') return []
    const { kind, span } = declaration
    const name = 'name' in declaration ? declaration.name : { text: 'sweep', span }
    const detail = declaration.kind === 'instance' || declaration.kind === 'copy' ? declaration.role : kind
    const items = 'body' in declaration && isBlock(declaration.body) ? declaration.body.items : []
    const children = items.flatMap((item) => part(item, lines))
    return symbol(name, span, kinds[kind], lines, { detail, children })
  })
}

function isBlock(body: unknown): body is { readonly items: readonly (Entry | ModelItem)[] } {
  return typeof body === 'object' && body !== null && 'items' in body
}

function part(item: Entry | ModelItem, lines: Lines): readonly DocumentSymbol[] {
  switch (item.kind) {
    case 'set':
    case 'binding':
      return symbol(item.name, item.span, SymbolKind.Property, lines, {})
    case 'tap':
      return symbol(item.name, item.span, SymbolKind.Field, lines, { detail: 'tap' })
    case 'block':
    case 'nested':
    case 'repeated': {
      const items: readonly (Entry | ModelItem)[] = item.body.items
      const children = items.flatMap((one) => part(one, lines))
      return symbol(item.name, item.span, SymbolKind.Namespace, lines, { children })
    }
    default:
      return []
  }
}

function symbol(
  { text, span: place }: Name,
  span: Span,
  kind: SymbolKind,
  lines: Lines,
  more: Pick<DocumentSymbol, 'detail' | 'children'>,
): readonly DocumentSymbol[] {
  // A declaration that is being typed has no name yet.
  if (text === '') return []
  return [{ name: text, kind, range: lines.rangeOf(span), selectionRange: lines.rangeOf(place), ...more }]
}

/** Blocks and lists in braces that have several lines, and runs of comments. */
export function foldsOf(text: string, lines: Lines): readonly FoldingRange[] {
  const folds: FoldingRange[] = []
  const open: number[] = []
  const fold = (start: number, end: number, kind?: FoldingRangeKind): void => {
    const range = lines.rangeOf({ start, end })
    if (range.end.line > range.start.line)
      folds.push({ startLine: range.start.line, endLine: range.end.line, ...(kind ? { kind } : {}) })
  }
  // Strings and comments hide braces.
  const words = /"(?:\\.|[^"\\\n])*"|(?:^[ \t]*\/\/[^\n]*\n?)+|\/\/[^\n]*|[{}[\]()]/gm
  for (const { 0: word, index } of text.matchAll(words)) {
    if (/^\s*\/\//.test(word)) fold(index, index + word.trimEnd().length, FoldingRangeKind.Comment)
    else if (/^[{[(]$/.test(word)) open.push(index)
    else if (/^[}\])]$/.test(word)) {
      const start = open.pop()
      // The closing line stays visible.
      if (start !== undefined) fold(start, Math.max(start, text.lastIndexOf('\n', index)))
    }
  }
  return folds
}
