/** The colours of a text, from the tokens of the language itself: there is no second grammar. */
import type { IToken } from 'chevrotain'
import { Identifier, NumberToken, reservedWords, StringToken } from '../../grammar/tokens.ts'
import { endOf, lex } from '../syntax/lex.ts'
import type { ColoredWord } from './protocol.ts'

type Kind = ColoredWord['kind']

const reserved: ReadonlySet<string> = new Set(reservedWords)

/** In order. */
export function coloredWords(text: string): readonly ColoredWord[] {
  const { tokens, comments } = lex('', text)
  const words = tokens.flatMap((token, i): readonly ColoredWord[] => {
    const kind = kindOf(token, tokens[i - 1]?.image, tokens[i + 1]?.image)
    return kind === undefined ? [] : [{ from: token.startOffset, to: endOf(token), kind }]
  })
  const said = comments.map(({ span: { start, end }, documentation }): ColoredWord => {
    return { from: start, to: end, kind: documentation ? 'documentation' : 'comment' }
  })
  return [...words, ...said].sort((a, b) => a.from - b.from)
}

function kindOf(
  { tokenType, image }: IToken,
  before: string | undefined,
  after: string | undefined,
): Kind | undefined {
  if (tokenType === NumberToken) return 'number'
  if (tokenType === StringToken || tokenType.CATEGORIES?.includes(StringToken)) return 'string'
  if (reserved.has(image)) return 'keyword'
  if (after === '=' && before !== '.') return 'entry'
  if (after === '(') return 'call'
  // Most keywords may be names, too: `data.vocabulary`, `loss: 1`.
  const isKeyword = tokenType !== Identifier && tokenType.CATEGORIES?.includes(Identifier)
  return isKeyword && before !== '.' && after !== '.' && after !== ':' ? 'keyword' : undefined
}
