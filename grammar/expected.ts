/** What the parser expected, in the user's words. The texts of chevrotain name token types. */
import { EOF, type IParserErrorMessageProvider, type TokenType, tokenLabel } from 'chevrotain'
import {
  Identifier,
  NumberToken,
  RightBrace,
  RightBracket,
  RightParen,
  Separator,
  StringToken,
} from './tokens.ts'

const phrases = new Map<TokenType, string>([
  [Identifier, 'a name'],
  [NumberToken, 'a number'],
  [StringToken, 'a text in double quotes'],
  [Separator, 'a newline or a comma'],
  [EOF, 'the end of the file'],
])

/** A closing bracket is expected only after an item, where another item could follow too. */
const closers = new Map<TokenType, string>([
  [RightBrace, 'a newline, a comma or `}`'],
  [RightParen, 'a comma or `)`'],
  [RightBracket, 'a comma or `]`'],
])

const listRules = new Set([
  'entries',
  'modelItems',
  'initLines',
  'namesLines',
  'import',
  'parameters',
  'arguments',
  'list',
  'except',
])

function phraseOf(type: TokenType): string {
  return phrases.get(type) ?? tokenLabel(type)
}

function oneOf(types: Iterable<TokenType>): string {
  const words = [...new Set([...types].map(phraseOf))]
  const last = words.pop() ?? 'nothing'
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`
}

/** Each text is a noun phrase, to follow "expected". */
export const expectedPhrases: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) =>
    (listRules.has(ruleName) ? closers.get(expected) : undefined) ?? phraseOf(expected),
  buildNotAllInputParsedMessage: () => 'a newline or a comma',
  buildNoViableAltMessage: ({ customUserDescription, expectedPathsPerAlt }) =>
    customUserDescription ?? oneOf(expectedPathsPerAlt.flat().flatMap((path) => path.slice(0, 1))),
  buildEarlyExitMessage: ({ customUserDescription, expectedIterationPaths }) =>
    customUserDescription ?? oneOf(expectedIterationPaths.flatMap((path) => path.slice(0, 1))),
}
