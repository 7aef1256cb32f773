/**
 * The colours of a text: of comments, strings, numbers and keywords from the lexer, of names from their
 * declarations. The text need not parse.
 */
import type { IToken } from 'chevrotain'
import { HalfString, Identifier, NumberToken, StringToken } from '../../grammar/tokens.ts'
import { builtins } from '../check/builtins/index.ts'
import { settingDocs, wordDocs } from '../check/setting-docs.ts'
import { termAxisOrder } from '../check/tensor-term.ts'
import type { Span } from '../diagnostics/diagnostic.ts'
import type { Declaration } from '../syntax/ast.ts'
import { lex } from '../syntax/lex.ts'
import type { Occurrence } from './names.ts'
import type { Lines } from './positions.ts'
import type { Workspace } from './workspace.ts'

/** Names of the Language Server Protocol, in the order of their numbers. */
export const colours = [
  ...(['comment', 'string', 'number', 'keyword', 'class', 'struct', 'variable'] as const),
  ...(['function', 'event', 'parameter', 'property', 'enumMember'] as const),
] as const
export const colourModifiers = ['declaration', 'defaultLibrary', 'documentation'] as const

export interface Coloured {
  /** UTF-16 offsets, in order. No two overlap, and none is longer than its line. */
  readonly start: number
  readonly end: number
  readonly colour: (typeof colours)[number]
  readonly modifiers: readonly (typeof colourModifiers)[number][]
}

const ofDeclaration: { readonly [kind in Declaration['kind']]: Coloured['colour'] } = {
  import: 'variable',
  setting: 'variable',
  data: 'struct',
  model: 'class',
  head: 'class',
  instance: 'variable',
  copy: 'variable',
  map: 'function',
  projection: 'function',
  def: 'function',
  loss: 'function',
  stage: 'event',
  sweep: 'variable',
}

export function coloursOf(workspace: Workspace, path: string): readonly Coloured[] {
  const text = workspace.text(path) ?? ''
  const checked = workspace.check(path)
  const file = checked.files.find((one) => one.path === path)
  const kinds = new Map<string, { readonly kind: Declaration['kind']; readonly library: boolean }>()
  for (const { tree, library } of checked.files)
    for (const declaration of tree.declarations)
      if ('name' in declaration) kinds.set(keyOf(declaration.name.span), { kind: declaration.kind, library })
  const names = file ? checked.names().in(file.file) : []
  const byStart = new Map(names.map((one) => [one.span.start, one]))
  const ofName = ({ span, declarations }: Occurrence): Coloured => {
    const [place = span] = declarations
    const declared = kinds.get(keyOf(place))
    const { library = false, kind } = declared ?? {}
    return {
      start: span.start,
      end: span.end,
      colour: kind ? ofDeclaration[kind] : isAfterDot(text, span.start) ? 'property' : 'parameter',
      modifiers: [
        ...(place.file === span.file && place.start === span.start ? (['declaration'] as const) : []),
        ...(library ? (['defaultLibrary'] as const) : []),
      ],
    }
  }
  const { tokens, comments } = lex(path, text)
  const words = tokens.flatMap((token, k): readonly Coloured[] => {
    const start = token.startOffset
    const end = start + token.image.length
    if (isKind(token, StringToken) || isKind(token, HalfString))
      return around(
        { start, end, colour: 'string', modifiers: [] },
        names.filter(within(start, end)).map(ofName),
      )
    const name = byStart.get(start)
    if (name) return [ofName(name)]
    const colour = colourOf(token, tokens[k - 1], tokens[k + 1])
    return colour ? [{ start, end, colour, modifiers: [] }] : []
  })
  const said = comments.map(({ span, documentation }): Coloured => {
    const { start, end } = span
    return { start, end, colour: 'comment', modifiers: documentation ? ['documentation'] : [] }
  })
  return [...words, ...said].sort((a, b) => a.start - b.start)
}

const isKind = ({ tokenType }: IToken, kind: IToken['tokenType']): boolean => tokenType === kind

/** Of a token that is no known name. */
function colourOf(
  token: IToken,
  before: IToken | undefined,
  after: IToken | undefined,
): Coloured['colour'] | undefined {
  const { image, tokenType } = token
  if (tokenType === NumberToken) return 'number'
  if (!/^[A-Za-z_]/.test(image)) return undefined
  const isContextual = tokenType.CATEGORIES?.includes(Identifier) ?? false
  if (tokenType !== Identifier && !isContextual) return 'keyword'
  if (after?.image === '=' || before?.image === '.') return 'property'
  if (after?.image === '(' && builtins.has(image)) return 'function'
  if (tokenType !== Identifier) return 'keyword'
  if (after?.image === '{') return 'property'
  if (knownWords.has(image)) return after?.image === '(' ? 'function' : 'enumMember'
  return builtins.has(image) ? 'function' : undefined
}

/** Axes, masks, and words that settings take: `longest`, `adamw`. */
const knownWords: ReadonlySet<string> = new Set([
  ...termAxisOrder,
  ...Object.keys(wordDocs),
  ...Object.values(settingDocs)
    .flatMap((docs) => Object.values(docs))
    .flatMap(({ values = [] }) => values.flatMap((value) => /^[a-z]\w*/.exec(value) ?? [])),
])

/** Behind `S.`, not behind `0..`. */
function isAfterDot(text: string, offset: number): boolean {
  return text[offset - 1] === '.' && text[offset - 2] !== '.'
}

const within =
  (start: number, end: number) =>
  ({ span }: Occurrence): boolean =>
    start < span.start && span.end < end

/** What is left of a stretch around others in it, and they. */
function around(whole: Coloured, holes: readonly Coloured[]): readonly Coloured[] {
  const parts: Coloured[] = []
  let { start } = whole
  for (const hole of holes) {
    parts.push({ ...whole, start, end: hole.start }, hole)
    start = hole.end
  }
  return [...parts, { ...whole, start }]
}

/** Five numbers each: lines and units from the one before, length, colour, modifiers. */
export function encoded(all: readonly Coloured[], lines: Lines): readonly number[] {
  let last = { line: 0, character: 0 }
  return all.flatMap(({ start, end, colour, modifiers }) => {
    const at = lines.rangeOf({ start, end }).start
    const line = at.line - last.line
    const character = line === 0 ? at.character - last.character : at.character
    last = at
    const bits = modifiers.reduce((sum, one) => sum + 2 ** colourModifiers.indexOf(one), 0)
    return [line, character, end - start, colours.indexOf(colour), bits]
  })
}

function keyOf({ file, start }: Span): string {
  return `${file}:${start}`
}
