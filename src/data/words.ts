/**
 * The words of a text, for counting them: runs of letters, combining marks and digits, in lower case. Scripts
 * without spaces between words give one word for each character.
 */

const word =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])[\p{L}\p{M}\p{N}])+/gu
/** The same for texts of ASCII alone, about three times as fast. */
const plainWord = /[a-z0-9]+/g

export function wordsOf(text: string): readonly string[] {
  const lower = text.toLowerCase()
  return lower.match(/[^\p{ASCII}]/u) ? (lower.match(word) ?? []) : (lower.match(plainWord) ?? [])
}
