/**
 * A Unigram tokenizer from a `tokenizer.json` of Hugging Face's library. Its normalizers and pre-tokenizers
 * run in their order, as in that library. Unknown ones are refused, so that ids never differ silently. Text
 * never encodes to special tokens.
 */
import { z } from 'zod'
import { Charsmap } from './charsmap.ts'
import {
  graphemeRules,
  lowerCharacters,
  normalForm,
  replaced,
  singleSpaces,
  stripped,
  type TextStep,
  withoutMarks,
} from './text-steps.ts'
import type { UnigramTokenizer } from './tokenizer.ts'
import { unigramTokenizer } from './unigram.ts'
import { pieceUses } from './unigram-model.ts'
import { unigramVocabulary } from './unigram-vocabulary.ts'
import { type MetaspaceSpaces, metaspaceWords, spaceMark } from './unigram-words.ts'

type Refuse = (problem: string) => Error
interface Typed {
  readonly type: string
  readonly [key: string]: unknown
}

const typed = z.looseObject({ type: z.string() })
const addedToken = z.object({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.boolean().nullish(),
  normalized: z.boolean().nullish(),
  single_word: z.boolean().nullish(),
  lstrip: z.boolean().nullish(),
  rstrip: z.boolean().nullish(),
})
const unigramJson = z.object({
  normalizer: typed.nullish(),
  pre_tokenizer: typed.nullish(),
  added_tokens: z.array(addedToken).nullish(),
  model: z.object({
    unk_id: z.int().nonnegative().nullish(),
    byte_fallback: z.boolean().nullish(),
    vocab: z.array(z.unknown()),
  }),
})

/** Whether this kind of tokenizer.json is supported. */
export function isUnigramJson(json: unknown): boolean {
  const model = z
    .object({ model: z.object({ type: z.string().nullish(), vocab: z.unknown() }) })
    .safeParse(json)
  if (!model.success) return false
  const { type, vocab } = model.data.model
  return type === 'Unigram' || (type === undefined && Array.isArray(vocab))
}

/**
 * @param lowercase overrides the file if the spec sets it
 * @throws the error that `refuse` makes
 */
export function unigramFromJson(
  given: unknown,
  lowercase: boolean | undefined,
  refuse: Refuse,
): UnigramTokenizer {
  const json = lowercase === undefined ? given : withCase(given, lowercase)
  const parsed = unigramJson.safeParse(json)
  if (!parsed.success)
    throw refuse(`it is no tokenizer.json (at ${parsed.error.issues[0]?.path.join('.') || 'its top'})`)
  const { model, normalizer, pre_tokenizer: splitter, added_tokens: added } = parsed.data
  if (model.byte_fallback) throw refuse('it writes unknown characters as bytes (byte_fallback)')
  const scored = model.vocab.map((entry, id) => readPiece(entry, id, refuse))
  const pieces = scored.map(([piece]) => piece)
  const scores = Float64Array.from(scored, ([, score]) => score)
  const uses = new Uint8Array(pieces.length).fill(pieceUses.normal)
  const matched = new Map<string, number>()
  for (const token of added ?? []) {
    const { id, content } = token
    if (id === pieces.length) pieces.push(content)
    if (pieces[id] !== content) throw refuse(`its added token \`${content}\` is not piece ${id}`)
    if (token.special) {
      uses[id] = pieceUses.never
      continue
    }
    if (token.normalized || token.single_word || token.lstrip || token.rstrip)
      throw refuse(
        `its added token \`${content}\` has settings that are not known here (normalized, single_word, lstrip, rstrip)`,
      )
    matched.set(content, id)
  }
  const vocabulary = unigramVocabulary(pieces, model.unk_id ?? undefined, refuse)
  if (vocabulary.unknown >= scored.length)
    throw refuse(`its unk_id is ${vocabulary.unknown}, of ${scored.length} pieces`)
  uses[vocabulary.unknown] = pieceUses.never
  return unigramTokenizer({
    model: {
      pieces,
      scores,
      uses: Uint8Array.from(pieces, (_, id) => uses[id] ?? pieceUses.never),
      unknown: vocabulary.unknown,
      precision: 'float64',
      lowestScore: scores.reduce((least, score) => Math.min(least, score), Number.MAX_VALUE),
    },
    vocabulary,
    steps: normalizer ? stepsOf(normalizer, refuse) : [],
    words: metaspaceWords(spacesOf(splitter ?? undefined, refuse)),
    added: matched,
    partsCommas: false,
    files: { source: 'tokenizer.json', json },
  })
}

const scoredPiece = z.tuple([z.string(), z.number()])

function readPiece(entry: unknown, id: number, refuse: Refuse): readonly [string, number] {
  const parsed = scoredPiece.safeParse(entry)
  if (parsed.success) return parsed.data
  const name = Array.isArray(entry) && typeof entry[0] === 'string' ? `, \`${entry[0]}\`,` : ''
  throw refuse(`piece ${id}${name} has no score`)
}

const sequence = z.object({ normalizers: z.array(typed) })
const replacement = z.object({
  pattern: z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]),
  content: z.string(),
})
const strip = z.object({ strip_left: z.boolean(), strip_right: z.boolean() })
const precompiled = z.object({ precompiled_charsmap: z.string() })

function stepsOf(normalizer: Typed, refuse: Refuse): readonly TextStep[] {
  const read = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(normalizer)
    if (parsed.success) return parsed.data
    throw refuse(
      `its normalizer ${normalizer.type} is damaged (at ${parsed.error.issues[0]?.path.join('.')})`,
    )
  }
  switch (normalizer.type) {
    case 'Sequence':
      return read(sequence).normalizers.flatMap((one) => stepsOf(one, refuse))
    case 'Replace': {
      const { pattern, content } = read(replacement)
      if ('String' in pattern) return [replaced(pattern.String, content)]
      if (pattern.Regex === ' {2,}' && content === ' ') return [singleSpaces()]
      throw refuse(`its normalizer replaces the pattern ${pattern.Regex}`)
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return [normalForm(normalizer.type)]
    case 'StripAccents':
      return [withoutMarks()]
    case 'Lowercase':
      return [lowerCharacters()]
    case 'Strip': {
      const { strip_left: left, strip_right: right } = read(strip)
      return [stripped(left, right)]
    }
    case 'Precompiled': {
      const bytes = Buffer.from(read(precompiled).precompiled_charsmap, 'base64')
      return bytes.length === 0 ? [] : [graphemeRules(new Charsmap(bytes, refuse))]
    }
    default:
      throw refuse(`its normalizer ${normalizer.type} is not known here`)
  }
}

const metaspace = z.object({
  replacement: z.string(),
  prepend_scheme: z.enum(['always', 'first', 'never']).nullish(),
  add_prefix_space: z.boolean().nullish(),
  split: z.boolean().nullish(),
})

/**
 * WhitespaceSplit and Metaspace, in this order, or Metaspace alone, as in tokenizers made from SentencePiece
 * models.
 */
function spacesOf(splitter: Typed | undefined, refuse: Refuse): MetaspaceSpaces {
  const parsed = z.object({ pretokenizers: z.array(typed) }).safeParse(splitter)
  const parts =
    splitter?.type === 'Sequence' && parsed.success ? parsed.data.pretokenizers : splitter ? [splitter] : []
  const splits = parts[0]?.type === 'WhitespaceSplit'
  const [last, ...more] = splits ? parts.slice(1) : parts
  const read = metaspace.safeParse(last)
  if (last?.type !== 'Metaspace' || more.length > 0 || !read.success) {
    const found = parts.map(({ type }) => type).join(', ') || 'none'
    throw refuse(`its pre-tokenizers are ${found}, not WhitespaceSplit and Metaspace`)
  }
  if (read.data.replacement !== spaceMark)
    throw refuse(`its mark of a space is ${read.data.replacement}, not ${spaceMark}`)
  const prefix = read.data.prepend_scheme ?? (read.data.add_prefix_space === false ? 'never' : 'always')
  return { splits, prefix, parts: read.data.split ?? true }
}

/** The same with or without a Lowercase as the first normalizer. */
function withCase(json: unknown, lowercase: boolean): unknown {
  const parsed = z.looseObject({ normalizer: typed.nullish() }).safeParse(json)
  if (!parsed.success) return json
  const kept = parsed.data.normalizer ? withoutLowercase(parsed.data.normalizer) : []
  const normalizers = lowercase ? [{ type: 'Lowercase' }, ...kept] : kept
  return { ...parsed.data, normalizer: { type: 'Sequence', normalizers } }
}

function withoutLowercase(normalizer: Typed): readonly Typed[] {
  if (normalizer.type === 'Lowercase') return []
  const inner = sequence.safeParse(normalizer)
  if (normalizer.type !== 'Sequence' || !inner.success) return [normalizer]
  return inner.data.normalizers.flatMap(withoutLowercase)
}
