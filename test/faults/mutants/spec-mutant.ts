/**
 * Mutants of specs that keep some of their structure: tokens swapped, blocks doubled, numbers at their extremes,
 * names that run in circles, unusual characters.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Draws } from './draws.ts'

const root = new URL('../../../', import.meta.url).pathname
const isSpec = (name: string): boolean => name.endsWith('.distill')
const specsIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter(isSpec)
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))

/** Every kind of construct with models of one or two layers, so that most rounds are about the language, not about BERT's size. */
const small = specsIn('test/fixtures/faults')

const seeds: readonly string[] = [
  ...small,
  ...specsIn('specs'),
  ...specsIn('specs/tasks'),
  ...specsIn('test/fixtures/syntax'),
  ...specsIn('test/fixtures/data'),
  ...specsIn('test/fixtures/examples'),
  ...specsIn('std'),
]

const token = /\/\/[^\n]*|"[^"\n]*"|[A-Za-z_]\w*'?|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?%?|\s+|[^\s]/g
const tokensOf = (text: string): string[] => text.match(token) ?? []
/** Words and signs of all seeds: what a token may become. */
const words = [...new Set(seeds.flatMap(tokensOf).filter((word) => word.trim() !== '' && word.length < 60))]

const numbers = [
  '0',
  '-1',
  '1',
  '2',
  '0.5',
  '1e-320',
  '1e308',
  '1e309',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '99999999999999999999999',
  '100%',
  '1_0',
  '0x10',
  '1e',
]
const characters = [
  '\u0000',
  '\u001b[31m',
  '\u0007',
  '\u009b',
  '\u2028',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ud800',
  '\u00a0',
  '\u0301',
  '\u{1f600}',
  '\ufdd0',
  '\r',
  '\\',
  '"',
  '`',
  '\u0024{x}',
  '{x}',
  '*/',
  'é',
  'x'.repeat(5000),
]

/** The tokens of a block from its `{` to its `}`, as places; undefined where there is none. */
function block(tokens: readonly string[], draws: Draws): readonly [number, number] | undefined {
  const opens = tokens.flatMap((word, at) => (word === '{' || word === '(' || word === '[' ? [at] : []))
  if (opens.length === 0) return undefined
  const start = draws.of(opens)
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    if ('{(['.includes(tokens[at] ?? ' ')) depth++
    else if ('})]'.includes(tokens[at] ?? ' ') && --depth === 0) return [start, at + 1]
  }
  return undefined
}

type Edit = (tokens: string[], draws: Draws) => void

const places = (tokens: readonly string[], pattern: RegExp): number[] =>
  tokens.flatMap((word, at) => (pattern.test(word) ? [at] : []))
const isName = /^[A-Za-z_]/

const edits: readonly Edit[] = [
  // Two tokens change places.
  (tokens, draws) => {
    const [a, b] = [draws.below(tokens.length), draws.below(tokens.length)]
    const held = tokens[a] ?? ''
    tokens[a] = tokens[b] ?? ''
    tokens[b] = held
  },
  (tokens, draws) => void tokens.splice(draws.below(tokens.length), 1 + draws.below(3)),
  (tokens, draws) => {
    const at = draws.below(tokens.length)
    tokens.splice(at, 0, ...tokens.slice(at, at + 1 + draws.below(8)))
  },
  (tokens, draws) => {
    tokens[draws.below(tokens.length)] = draws.of(words)
  },
  (tokens, draws) => void tokens.splice(draws.below(tokens.length), 0, draws.of(words)),
  // A block is doubled, moved elsewhere, taken out, or nested into itself.
  (tokens, draws) => {
    const found = block(tokens, draws)
    if (found) tokens.splice(found[1], 0, ...tokens.slice(...found))
  },
  (tokens, draws) => {
    const found = block(tokens, draws)
    if (found) tokens.splice(draws.below(tokens.length), 0, ...tokens.slice(...found))
  },
  (tokens, draws) => {
    const found = block(tokens, draws)
    if (found) tokens.splice(found[0], found[1] - found[0])
  },
  (tokens, draws) => {
    const found = block(tokens, draws)
    if (!found) return
    const [open, close] = [tokens[found[0]] ?? '', tokens[found[1] - 1] ?? '']
    const times = draws.of([1, 2, 20, 190, 300])
    tokens.splice(found[1], 0, close.repeat(times))
    tokens.splice(found[0], 0, open.repeat(times))
  },
  // A declaration of another spec.
  (tokens, draws) => {
    const from = tokensOf(draws.of(seeds))
    const found = block(from, draws)
    if (found)
      tokens.splice(draws.below(tokens.length), 0, ...from.slice(Math.max(0, found[0] - 4), found[1]))
  },
  (tokens, draws) => {
    const found = places(tokens, /^\d/)
    if (found.length > 0) tokens[draws.of(found)] = draws.of(numbers)
  },
  // One name for another, once or everywhere: circles and wrong kinds.
  (tokens, draws) => {
    const found = places(tokens, isName)
    if (found.length > 0) tokens[draws.of(found)] = tokens[draws.of(found)] ?? ''
  },
  (tokens, draws) => {
    const found = places(tokens, isName)
    if (found.length === 0) return
    const [old, next] = [tokens[draws.of(found)], tokens[draws.of(found)] ?? '']
    for (const at of found) if (tokens[at] === old) tokens[at] = next
  },
  // Unusual characters, in strings too.
  (tokens, draws) => void tokens.splice(draws.below(tokens.length), 0, draws.of(characters)),
  (tokens, draws) => {
    const found = places(tokens, /^["/]./)
    if (found.length === 0) return
    const at = draws.of(found)
    const word = tokens[at] ?? ''
    const cut = 1 + draws.below(word.length - 1)
    tokens[at] = word.slice(0, cut) + draws.of(characters) + word.slice(cut)
  },
]

/** One to six edits of one of the seeds. */
export function specMutant(draws: Draws): string {
  // Most rounds take the short ones: of the others each takes as long as thirty of them.
  const tokens = tokensOf(draws.of(draws.below(40) === 0 ? seeds : small))
  for (let count = draws.of([1, 1, 1, 2, 2, 3, 6]); count > 0 && tokens.length > 0; count--)
    draws.of(edits)(tokens, draws)
  return tokens.join('')
}
