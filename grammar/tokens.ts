/**
 * The words and signs of the language. Order matters to the lexer, which takes the first pattern that
 * matches:
 *
 * 1. blanks, comments and newlines, because they are the most frequent;
 * 2. numbers before `.` and `..`, so that `0.1` is one number (`1..3` is none: a point needs a digit after
 *   it);
 * 3. whole strings before the half of one, which is only there to report it;
 * 4. keywords, each giving way to a longer name (`input` is not `in` + `put`), and then names;
 * 5. signs, longer ones first: `**` before `*`, `->` before `-`, `..` before `.`, `<=` before `<`.
 *
 * Few keywords are reserved. The others belong to the category `Identifier` too, so a rule that wants a name
 * takes them, and `example`, `first` or `group` stay usable as names.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain'

export const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_]\w*'*/ })

/** Reserved: each can follow or begin an expression, where a name could stand too. */
export const reservedWords = ['if', 'then', 'else', 'per', 'where', 'within', 'init', 'require'] as const

/**
 * The name of the token in the concrete tree. The suffix distinguishes it from labels of the grammar (`as`,
 * `to`).
 */
function wordName(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}Word`
}

function reserved(word: string): TokenType {
  return createToken({ name: wordName(word), label: `\`${word}\``, pattern: word, longer_alt: Identifier })
}

function contextual(word: string): TokenType {
  return createToken({
    name: wordName(word),
    label: `\`${word}\``,
    pattern: word,
    longer_alt: Identifier,
    categories: Identifier,
  })
}

export const If = reserved('if')
export const Then = reserved('then')
export const Else = reserved('else')
export const Per = reserved('per')
export const Where = reserved('where')
export const Within = reserved('within')
export const Init = reserved('init')
export const Require = reserved('require')

export const Import = contextual('import')
export const Setting = contextual('setting')
export const Data = contextual('data')
export const Model = contextual('model')
export const Head = contextual('head')
export const Teacher = contextual('teacher')
export const Student = contextual('student')
export const MapWord = contextual('map')
export const Projection = contextual('projection')
export const Def = contextual('def')
export const Loss = contextual('loss')
export const Stage = contextual('stage')
export const Sweep = contextual('sweep')
export const From = contextual('from')
export const As = contextual('as')
export const With = contextual('with')
export const After = contextual('after')
export const For = contextual('for')
export const In = contextual('in')
export const On = contextual('on')
export const To = contextual('to')
export const Except = contextual('except')
export const Example = contextual('example')
export const Group = contextual('group')
export const Groups = contextual('groups')
export const Sum = contextual('sum')
export const Mean = contextual('mean')
export const Without = contextual('without')
export const Share = contextual('share')
export const Factorize = contextual('factorize')
export const Tap = contextual('tap')
export const Names = contextual('names')
export const Leaf = contextual('leaf')
export const Transposed = contextual('transposed')
export const Minimize = contextual('minimize')
export const Train = contextual('train')
export const Freeze = contextual('freeze')
export const Continue = contextual('continue')
export const Epochs = contextual('epochs')
export const Epoch = contextual('epoch')
export const Steps = contextual('steps')
export const Step = contextual('step')

const Blank = createToken({ name: 'Blank', pattern: /[ \t\r\uFEFF]+/, group: Lexer.SKIPPED })
const CommentToken = createToken({ name: 'Comment', pattern: /\/\/[^\n]*/, group: 'comments' })
export const Newline = createToken({ name: 'Newline', pattern: '\n', line_breaks: true })
export const NumberToken = createToken({
  name: 'Number',
  pattern: /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?(?:%|[KMGT]i?B(?!\w))?/,
})
export const StringToken = createToken({ name: 'String', pattern: /"(?:[^"\\\n]|\\.)*"/ })
/** A string without its end. `lex.ts` reports it and ends it with its line. */
export const HalfString = createToken({
  name: 'HalfString',
  pattern: /"(?:[^"\\\n]|\\.)*\\?/,
  categories: StringToken,
})

/**
 * The end of an item in a block: any run of newlines and commas is one token. `separators.ts` makes it, not
 * the lexer.
 */
export const Separator = createToken({ name: 'Separator', pattern: Lexer.NA })

function sign(name: string, pattern: string): TokenType {
  return createToken({ name, label: `\`${pattern}\``, pattern })
}

export const StarStar = sign('StarStar', '**')
export const Arrow = sign('Arrow', '->')
export const DotDot = sign('DotDot', '..')
export const LessEqual = sign('LessEqual', '<=')
export const GreaterEqual = sign('GreaterEqual', '>=')
export const EqualEqual = sign('EqualEqual', '==')
export const NotEqual = sign('NotEqual', '!=')
export const Plus = sign('Plus', '+')
export const Minus = sign('Minus', '-')
export const Star = sign('Star', '*')
export const Slash = sign('Slash', '/')
export const Percent = sign('Percent', '%')
export const Caret = sign('Caret', '^')
export const At = sign('At', '@')
export const Less = sign('Less', '<')
export const Greater = sign('Greater', '>')
export const Equals = sign('Equals', '=')
export const Dot = sign('Dot', '.')
export const Comma = sign('Comma', ',')
export const Colon = sign('Colon', ':')
export const LeftParen = sign('LeftParen', '(')
export const RightParen = sign('RightParen', ')')
export const LeftBrace = sign('LeftBrace', '{')
export const RightBrace = sign('RightBrace', '}')
export const LeftBracket = sign('LeftBracket', '[')
export const RightBracket = sign('RightBracket', ']')

/** A line that begins with one of these continues the line above. */
export const binaryOperators: ReadonlySet<TokenType> = new Set([
  ...[Plus, Minus, Star, Slash, Percent, Caret, At, DotDot],
  ...[Less, LessEqual, Greater, GreaterEqual, EqualEqual, NotEqual],
])

/** Each begins a declaration. */
export const declarationWords: ReadonlySet<TokenType> = new Set([
  ...[Import, Setting, Data, Model, Head, Teacher, Student, MapWord, Projection, Def, Loss, Stage, Sweep],
])

const longerWordsFirst = [
  ...[If, Then, Else, Per, Within, Where, Init, Require],
  ...[Import, Setting, Data, Model, Head, Teacher, Student, MapWord, Projection, Def, Loss, Stage, Sweep],
  ...[From, As, Without, With, After, For, In, On, To, Except, Example, Groups, Group, Sum, Mean],
  ...[
    Share,
    Factorize,
    Tap,
    Names,
    Leaf,
    Transposed,
    Minimize,
    Train,
    Freeze,
    Continue,
    Epochs,
    Epoch,
    Steps,
    Step,
  ],
]

const signs = [
  ...[StarStar, Arrow, DotDot, LessEqual, GreaterEqual, EqualEqual, NotEqual],
  ...[Plus, Minus, Star, Slash, Percent, Caret, At, Less, Greater, Equals, Dot, Comma, Colon],
  ...[LeftParen, RightParen, LeftBrace, RightBrace, LeftBracket, RightBracket],
]

/** In the order that the comment at the top explains. */
export const lexedTokens: readonly TokenType[] = [
  ...[Blank, CommentToken, Newline, NumberToken, StringToken, HalfString],
  ...longerWordsFirst,
  Identifier,
  ...signs,
]

export const allTokens: TokenType[] = [...lexedTokens, Separator]
