/** Examples as the model reads them: their pieces, with labels, tags, masks and answers at their places. */
import type { DataSpec } from '../../check/program.ts'
import { batchOptions, makeBatch } from '../../data/batching.ts'
import type { Dataset, Example, SplitName } from '../../data/dataset.ts'
import { countPieces } from '../../data/load-dataset.ts'

export interface ShownPiece {
  /** As the vocabulary has it: `sing`, `##ing`, `[MASK]`. */
  readonly piece: string
  readonly tag?: string
  /** Whether it is in the answer of a question. */
  readonly answer?: true
  /** The piece that a mask hides, or a random piece replaces. */
  readonly original?: string
}

export interface ShownExample {
  readonly part: SplitName
  readonly file: string
  readonly line: number
  readonly label?: string
  /** Pieces of segment 0, and of segment 1 for two texts. */
  readonly segments: readonly (readonly ShownPiece[])[]
}

/** `count` examples of the first part, at equal distances. Masks are those of the first step with seed 0. */
export function shownExamples(
  spec: DataSpec,
  { splits, vocabulary, labels = [] }: Dataset,
  count: number,
): readonly ShownExample[] {
  const [[part, examples] = ['train', []] as const] = splits
  const chosen = Array.from({ length: Math.min(count, examples.length) }, (_, i) =>
    Math.floor((i * examples.length) / count),
  ).flatMap((index) => examples[index] ?? [])
  if (chosen.length === 0) return []
  const counts = spec.mask === undefined ? {} : { counts: countPieces(examples, vocabulary.pieces.length) }
  const key = { seed: 0, stage: 'data', step: 0 }
  const batch = makeBatch(chosen, vocabulary, { ...batchOptions(spec), ...counts, key })
  const tokens = batch.inputs.get('tokens')?.data
  const originals = batch.inputs.get('batch.original')?.data
  const spelled = (id: number | undefined): string => vocabulary.pieces[id ?? -1] ?? `${id}`
  return chosen.map((example, row) => {
    const pieces = Array.from(example.tokens, (id, i): ShownPiece & { readonly segment: number } => {
      const original = originals?.[row * batch.L + i] ?? -100
      const tag = labels[example.tags?.[i] ?? -1]
      return {
        segment: example.segments[i] ?? 0,
        piece: spelled(tokens?.[row * batch.L + i] ?? id),
        ...(tag === undefined ? {} : { tag }),
        ...(isAnswer(example, i) ? { answer: true } : {}),
        ...(original < 0 ? {} : { original: spelled(original) }),
      }
    })
    const label = labelOf(spec, example, labels)
    return {
      part,
      file: example.file,
      line: example.line,
      ...(label === undefined ? {} : { label }),
      segments: [0, 1].flatMap((segment) => {
        const own = pieces.filter((one) => one.segment === segment).map(({ segment: _, ...one }) => one)
        return own.length > 0 ? [own] : []
      }),
    }
  })
}

function isAnswer({ window }: Example, i: number): boolean {
  const { start = 0, end = 0 } = window ?? {}
  return start > 0 && i >= start && i <= end
}

function labelOf({ label }: DataSpec, example: Example, labels: readonly string[]): string | undefined {
  if (label?.kind === 'class') return labels[example.label ?? -1]
  if (label?.kind === 'number') return example.label === undefined ? undefined : `${example.label}`
  if (label?.kind !== 'span') return undefined
  const { start = 0, question } = example.window ?? {}
  if (question?.answers.length === 0) return 'no answer'
  return start > 0 ? question?.answers[0]?.text : 'the answer is in another window'
}
