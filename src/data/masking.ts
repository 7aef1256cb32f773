/**
 * Dynamic masking for masked language modelling: masks change from step to step, but a repeated step has the
 * same ones. Random numbers are keyed by seed, stage, step, example id and position, never by the place in a
 * batch.
 *
 * - With `smoothing`, as DistilBERT: n = ceil(probability x tokens) positions of the complete batch without
 *   replacement, each with weight max(count, 1)^-smoothing (Efraimidis and Spirakis 2006: the n smallest
 *   -log(u) / weight). The choice depends on the complete batch, so it is keyed by step.
 * - Without, as BERT and ALBERT: n = max(1, round(probability x tokens)) in each example, at most `maximum`.
 *   On request as whole words and n-grams of up to `ngrams` words, with P(n) proportional to 1/n (Lan et al.
 *   2020, section 3.1). Keyed by `epoch` if the key has one (then independent of the batch size), otherwise
 *   by step.
 *
 * Special pieces are never masked. `replace` has the shares of masked pieces that become [MASK], stay, or
 * become a random piece.
 */
import type { MaskingSpec } from '../check/example-specs.ts'
import type { Example, Vocabulary } from './dataset.ts'
import { type Uniform, uniform } from './random.ts'

export interface MaskingKey {
  readonly seed: number
  readonly stage: string
  readonly step: number
  /** For masks by example that do not depend on how examples are batched. */
  readonly epoch?: number
}

export interface Masks {
  /** bool [B, L] */
  readonly masked: Uint8Array<ArrayBuffer>
  /** i32 [B, L]: the original piece, or -100 where nothing is masked. */
  readonly original: Int32Array<ArrayBuffer>
}

/** Neighbouring tokens of an example that are masked together: a token, a word, or an n-gram. */
interface Stretch {
  readonly row: number
  readonly start: number
  readonly end: number
}

/**
 * Masks `tokens` [B, L] in place. `smoothing` needs `counts` by id; without them all pieces have equal
 * weight.
 */
export function maskTokens(
  examples: readonly Example[],
  tokens: Int32Array,
  L: number,
  vocabulary: Vocabulary,
  options: { readonly masking: MaskingSpec; readonly key: MaskingKey; readonly counts?: ArrayLike<number> },
): Masks {
  const { masking, key } = options
  const masked = new Uint8Array(tokens.length)
  const original = new Int32Array(tokens.length).fill(-100)
  const moment = masking.smoothing === undefined ? (key.epoch ?? key.step) : key.step
  const special = specialIds(vocabulary)
  const chosen =
    masking.smoothing === undefined
      ? examples.flatMap((example, row) => chooseInExample(example, row, masking, special, key, moment))
      : chooseInBatch(examples, masking, special, options.counts, key, moment)
  const replacement = uniform(key.seed, key.stage, 'replacement of masked tokens')
  const piece = uniform(key.seed, key.stage, 'random piece')
  const [maskShare, keepShare] = masking.replace
  for (const { row, start, end } of chosen) {
    const id = examples[row]?.id ?? 0
    for (let i = start; i < end; i++) {
      const at = row * L + i
      masked[at] = 1
      original[at] = tokens[at] ?? 0
      const u = replacement(moment, id, i)
      if (u < maskShare) tokens[at] = vocabulary.mask
      else if (u >= maskShare + keepShare)
        tokens[at] = Math.floor(piece(moment, id, i) * vocabulary.pieces.length)
    }
  }
  return { masked, original }
}

function specialIds({ padding, unknown, classify, separate, mask }: Vocabulary): ReadonlySet<number> {
  return new Set([padding, unknown, classify, separate, mask])
}

/** The tokens or complete words of one example, without special pieces. */
function stretchesOf(
  example: Example,
  row: number,
  wholeWord: boolean,
  special: ReadonlySet<number>,
): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (let i = 0; i < example.tokens.length; i++) {
    if (special.has(example.tokens[i] ?? 0)) continue
    let end = i + 1
    while (wholeWord && end < example.tokens.length && continues(example, end, special)) end++
    stretches.push({ row, start: i, end })
    i = end - 1
  }
  return stretches
}

function continues(example: Example, i: number, special: ReadonlySet<number>): boolean {
  return example.firstPiece[i] === 0 && !special.has(example.tokens[i] ?? 0)
}

function chooseInBatch(
  examples: readonly Example[],
  masking: MaskingSpec,
  special: ReadonlySet<number>,
  counts: ArrayLike<number> | undefined,
  key: MaskingKey,
  moment: number,
): readonly Stretch[] {
  const random = uniform(key.seed, key.stage, 'masked tokens of a batch')
  const candidates: { stretch: Stretch; race: number }[] = []
  let total = 0
  for (const [row, example] of examples.entries()) {
    total += example.tokens.length
    for (const stretch of stretchesOf(example, row, masking.wholeWord, special)) {
      const weight = weightOf(example, stretch, counts, masking.smoothing ?? 0)
      candidates.push({ stretch, race: -Math.log(random(moment, example.id, stretch.start)) / weight })
    }
  }
  candidates.sort((a, b) => a.race - b.race || byExample(examples, a.stretch, b.stretch))
  return take(
    candidates.map(({ stretch }) => stretch),
    Math.ceil(masking.probability * total),
  )
}

/** Equal random numbers are very unlikely, but the order of a batch must not decide then. */
function byExample(examples: readonly Example[], a: Stretch, b: Stretch): number {
  return (examples[a.row]?.id ?? 0) - (examples[b.row]?.id ?? 0) || a.start - b.start
}

/** max(count, 1)^-smoothing. A word has the weight of its rarest piece. */
function weightOf(
  example: Example,
  { start, end }: Stretch,
  counts: ArrayLike<number> | undefined,
  smoothing: number,
): number {
  let weight = 0
  for (let i = start; i < end; i++) {
    const count = counts?.[example.tokens[i] ?? 0] ?? 1
    weight = Math.max(weight, Math.max(count, 1) ** -smoothing)
  }
  return weight
}

/** The first stretches that fit into `wanted` tokens. One that is too long is skipped, as in BERT. */
function take(stretches: readonly Stretch[], wanted: number): readonly Stretch[] {
  const taken: Stretch[] = []
  let count = 0
  for (const stretch of stretches) {
    if (count >= wanted) break
    const size = stretch.end - stretch.start
    if (count + size > wanted && taken.length > 0) continue
    taken.push(stretch)
    count += size
  }
  return taken
}

function chooseInExample(
  example: Example,
  row: number,
  masking: MaskingSpec,
  special: ReadonlySet<number>,
  key: MaskingKey,
  moment: number,
): readonly Stretch[] {
  const units = stretchesOf(example, row, masking.wholeWord, special)
  if (units.length === 0) return []
  const share = Math.max(1, Math.round(masking.probability * example.tokens.length))
  const wanted = Math.min(masking.maximum ?? share, share)
  const order = uniform(key.seed, key.stage, 'masked tokens of an example')
  const length = uniform(key.seed, key.stage, 'length of masked n-grams')
  const ranked = units.map((unit, index) => ({ index, draw: order(moment, example.id, unit.start) }))
  ranked.sort((a, b) => a.draw - b.draw || a.index - b.index)
  const taken: Stretch[] = []
  const used = new Uint8Array(units.length)
  let count = 0
  for (const { index } of ranked) {
    if (count >= wanted) break
    const size = ngramLength(masking.ngrams, length, moment, example.id, units[index]?.start ?? 0)
    const grown = grow(units, used, index, size, wanted - count)
    if (grown === undefined) continue
    taken.push(grown)
    count += grown.end - grown.start
  }
  return taken
}

/** P(n) proportional to 1/n for n in 1 .. longest. */
export function ngramLength(
  longest: number,
  random: Uniform,
  moment: number,
  id: number,
  start: number,
): number {
  if (longest <= 1) return 1
  let sum = 0
  for (let n = 1; n <= longest; n++) sum += 1 / n
  let rest = random(moment, id, start) * sum
  for (let n = 1; n < longest; n++) {
    rest -= 1 / n
    if (rest < 0) return n
  }
  return longest
}

/**
 * Up to `size` free neighbouring units from `index` on, in at most `room` tokens; marks them used. An n-gram
 * never contains words of two texts.
 */
function grow(
  units: readonly Stretch[],
  used: Uint8Array,
  index: number,
  size: number,
  room: number,
): Stretch | undefined {
  const first = units[index]
  if (first === undefined || used[index] === 1) return undefined
  // A single word may be longer than the share of its example. It is skipped, as in BERT.
  if (first.end - first.start > room) return undefined
  let end = first.end
  used[index] = 1
  for (let i = index + 1; i < index + size; i++) {
    const next = units[i]
    if (next === undefined || used[i] === 1 || next.start !== end || next.end - first.start > room) break
    used[i] = 1
    end = next.end
  }
  return { ...first, end }
}
