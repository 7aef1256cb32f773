/** Errors of the lexer, the brackets and the parser -> diagnostics in the user's words. */
import { EOF, type IToken, type TokenType } from 'chevrotain'
import * as t from '../../grammar/tokens.ts'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts'
import { hintFor } from '../diagnostics/foreign-names.ts'
import {
  missingSeparator,
  reservedWord,
  unexpectedToken,
  unknownFirstWord,
} from '../diagnostics/messages/syntax.ts'
import type { Balanced } from './brackets.ts'
import { endOf, type Lexed } from './lex.ts'
import type { Misfit } from './recover.ts'

/** In the order found, without errors that follow from earlier ones. */
export function syntaxDiagnostics(
  file: string,
  lexed: Lexed,
  balanced: Balanced,
  errors: readonly Misfit[],
): Diagnostic[] {
  const halves = lexed.tokens.filter(({ tokenType }) => tokenType === t.HalfString)
  const brackets = balanced.diagnostics.filter((diagnostic) => !swallowed(diagnostic, halves))
  const diagnostics = [...lexed.diagnostics, ...brackets]
  const unclosed = new Set(brackets.filter(({ code }) => code === 'E0004'))
  const places = diagnostics.flatMap((diagnostic) =>
    diagnostic.span && !unclosed.has(diagnostic) ? [diagnostic.span] : [],
  )
  for (const [index, error] of errors.entries()) {
    if (followsFromEarlier(error, places, balanced) || goesOnWithList(error, errors[index - 1])) continue
    diagnostics.push(describe(file, error))
  }
  return diagnostics
}

/** An unended string contains the brackets behind it. Other brackets then seem to be too many or too few. */
function swallowed({ code, span, secondary }: Diagnostic, halves: readonly IToken[]): boolean {
  const taken = code === 'E0004' ? /[)\]}]/ : /[([{]/
  const from = code === 'E0004' ? (secondary?.[0]?.span.start ?? 0) : 0
  return halves.some(
    ({ startOffset, image }) => taken.test(image) && from <= startOffset && startOffset <= (span?.start ?? 0),
  )
}

/** Something in the removed item has been reported already. */
function followsFromEarlier(error: Misfit, places: readonly Span[], balanced: Balanced): boolean {
  const { item, previous, next, exception } = error
  // If the brace is missing, the imported names run into `from`.
  if (next && balanced.added.has(next) && exception.context.ruleStack.includes('import')) return true
  if (item.some((token) => balanced.added.has(token) || token.tokenType === t.HalfString)) return true
  const from = Math.min(item[0]?.startOffset ?? 0, previous ? endOf(previous) : 0)
  const to = Math.max(endOf(item.at(-1) ?? exception.token), endOf(exception.token))
  return places.some(({ start, end }) => start >= from && end <= to)
}

const reserved = new Set<TokenType>([t.If, t.Then, t.Else, t.Per, t.Where, t.Within, t.Init, t.Require])

/** `minimize a, b, c`: `b` and `c` are one mistake. */
function goesOnWithList({ item }: Misfit, before: Misfit | undefined): boolean {
  const [word] = item
  if (!word || !before?.next?.image.includes(',')) return false
  return isLoneWord(item) && isLoneWord(before.item) && word.startOffset - endOf(before.next) < 3
}

function isLoneWord(item: readonly IToken[]): boolean {
  const [word] = item
  return item.length === 1 && word !== undefined && isWord(word)
}

const declarationWords = [
  ...['import', 'setting', 'data', 'model', 'head', 'teacher', 'student'],
  ...['map', 'projection', 'def', 'loss', 'stage', 'sweep'],
]
const modelWords = ['without', 'share', 'factorize', 'require', 'tap', 'names', 'init', 'setting']
const entryWords = ['init', 'minimize', 'train', 'freeze', 'continue']

/** What must follow each first word of an item. */
const wanted: ReadonlyMap<TokenType, string> = new Map([
  ...[t.Train, t.Freeze, t.Without, t.Share, t.Factorize].map((word) => [word, 'a path'] as const),
  ...[t.Continue, t.Tap, t.Names, t.Setting, t.Leaf].map((word) => [word, 'a name'] as const),
  [t.Minimize, 'an expression'],
])

function describe(file: string, error: Misfit): Diagnostic {
  const { exception, item, atStart } = error
  const rules = exception.context.ruleStack
  const rule = rules.at(-1) ?? 'file'
  const first = item[0]
  if (atStart && first && (rule === 'file' || rule === 'declaration'))
    return unknownDeclaration(file, first, item[1])

  // If no alternative fits, chevrotain points at the first token. A name is always correct there, so the
  // second token is wrong.
  const words = rule === 'entry' ? entryWords : rule === 'modelItem' ? modelWords : undefined
  if (atStart && words && first && isWord(first)) return wrongItem(file, error, first, words)

  const token = exception.token
  const expected = exception.message
  const previous = error.previous
  if (previous && token.tokenType === t.Equals && reserved.has(previous.tokenType)) {
    return reservedWord({ span: spanOf(file, previous), text: previous.image })
  }
  if (/^a (newline|comma)/.test(expected)) {
    const help = missingSeparatorHelp(token, previous) ?? foreignForm(token, previous, item)
    return missingSeparator({ ...place(file, token, previous), expected, help })
  }
  if (expected === 'a name' && reserved.has(token.tokenType)) {
    return reservedWord({ span: spanOf(file, token), text: token.image })
  }
  return unexpectedToken({
    ...place(file, token, previous),
    expected,
    help: helpFor(token, previous, expected) ?? foreignForm(token, previous, item),
  })
}

function unknownDeclaration(file: string, word: IToken, next: IToken | undefined): Diagnostic {
  const span = spanOf(file, word)
  if (!isWord(word)) return unexpectedToken({ span, expected: 'a declaration', found: found(word) })
  const hint = hintFor(word.image, declarationWords, 'declaration')
  const binds = next?.tokenType === t.Equals
  return unknownFirstWord({
    span,
    word: word.image,
    what: 'a declaration',
    words: declarationWords,
    hint,
    binds,
  })
}

function wrongItem(file: string, error: Misfit, first: IToken, words: readonly string[]): Diagnostic {
  const second = error.item[1]
  const want = wanted.get(first.tokenType)
  if (!want && second && second.tokenType !== t.Colon) {
    const hint = hintFor(first.image, words, 'stage')
    const span = spanOf(file, first)
    if (hint.similar !== undefined)
      return unknownFirstWord({
        span,
        word: first.image,
        what: 'an item here',
        words,
        hint,
        binds: false,
      })
  }
  const after = `after \`${first.image}\``
  const expected = want ?? error.exception.message.replace('after a name', after)
  const end = { startOffset: endOf(first), endOffset: endOf(first), image: '', tokenType: t.Separator }
  const lone = second === undefined || isEnd(second)
  const help =
    second?.tokenType === t.Colon
      ? { help: `a value is given with \`=\`: ${first.image} = ...` }
      : lone && error.previousItem === 'minimize'
        ? { help: 'a stage minimizes one expression: add the losses with `+`' }
        : {}
  return unexpectedToken({ ...place(file, second ?? { ...first, ...end }, first), expected, ...help })
}

/**
 * The span and name of the unexpected token. The end of a line or file is placed behind the text before it.
 */
function place(file: string, token: IToken, previous: IToken | undefined): { span: Span; found: string } {
  if (isEnd(token) && previous) {
    return { span: { file, start: endOf(previous), end: endOf(previous) + 1 }, found: found(token) }
  }
  return { span: spanOf(file, token), found: found(token) }
}

function found(token: IToken): string {
  if (token.tokenType === EOF) return 'the end of the file'
  if (isEnd(token)) return 'the end of the line'
  if (token.tokenType === t.StringToken) return 'a text'
  return `\`${token.image}\``
}

function helpFor(token: IToken, previous: IToken | undefined, expected: string): string | undefined {
  const operator = previous && /^[-+*/%^@]$|^[<>=!]=?$/.test(previous.image) && previous.image !== '='
  if (token.tokenType === t.Separator && expected === 'an expression' && operator) {
    return `to go on in the next line, begin that one with \`${previous.image}\``
  }
  if (token.tokenType === t.Equals && previous && expected.includes('->')) return 'names are mapped with `->`'
  if (token.tokenType === t.With && expected === '`{`')
    return `a changed model has a name of its own: model smaller = ${previous?.image ?? 'bert_base'} with { ... }`
  if (token.tokenType === t.Separator && expected === '`{`') return 'the `{` stands on the same line'
  return undefined
}

/** A form of Python or PyTorch, with the form of this language. */
function foreignForm(
  token: IToken,
  previous: IToken | undefined,
  item: readonly IToken[],
): string | undefined {
  const [first, name] = item
  const declared = name && isWord(name) ? name.image : 'NAME'
  if (token.image === '**') return 'a power is written with `^`: x ^ 2'
  if (previous?.image === 'lambda') return `a function is written with \`->\`: ${token.image} -> ...`
  if (previous?.image === '[' && token.tokenType === t.Colon)
    return 'the state of the first token is `.first`; other axes are reduced by name: sum(x, over = unit)'
  if (token.image === 'for')
    return 'a sum over layers is written sum m in 1..S.layers { ... }; mean works the same way'
  if (first?.tokenType === t.MapWord && token.tokenType === t.Equals)
    return `a layer map names both models: map ${declared} : STUDENT_MODEL -> TEACHER_MODEL = uniform`
  if (first?.tokenType === t.Projection && token.tokenType === t.Equals)
    return `a projection names both sizes: projection ${declared} : STUDENT_MODEL.hidden_size -> TEACHER_MODEL.hidden_size = linear`
  if ((first?.tokenType === t.Teacher || first?.tokenType === t.Student) && token.tokenType === t.LeftBrace)
    return `the model stands after \`:\`: ${first.image} ${declared} : ${previous?.image ?? 'MODEL'} { ... }`
  if (first?.tokenType === t.Model && token.tokenType === t.Colon)
    return `a changed model is model ${declared} = bert_base with { ... }`
  if (first?.tokenType === t.Def && token.tokenType === t.Colon)
    return `a function is one expression: def ${declared}(s, t) = ...; without parameters it is a loss: loss ${declared} = ...`
  return undefined
}

function missingSeparatorHelp(token: IToken, previous: IToken | undefined): string | undefined {
  if (token.tokenType === t.Colon) return undefined
  if (previous && /^[\d.]/.test(previous.image) && isWord(token))
    return `a product is written with \`*\`: ${previous.image} * ${token.image}`
  if (token.tokenType === t.LeftBrace) return 'only a block can have { } here'
  return undefined
}

/** The end of a line or of the file. An inserted bracket has no length. */
function isEnd(token: IToken): boolean {
  if (token.tokenType === t.Separator) return !token.image.includes(',')
  return token.tokenType === EOF || endOf(token) === token.startOffset
}

function isWord(token: IToken): boolean {
  return /^[A-Za-z_]/.test(token.image)
}

function spanOf(file: string, token: IToken): Span {
  return { file, start: token.startOffset, end: endOf(token) }
}
