/**
 * Texts, or pairs of them, for a model with one answer for each text. A pair is one line with a tab between
 * its texts.
 */
import { makeBatch } from '../../data/batching.ts'
import type { Example } from '../../data/dataset.ts'
import { encodeTexts } from '../../data/encode.ts'
import type { HostTensor } from '../../run/runner.ts'
import { type CutText, type Line, twoTexts } from './prediction.ts'
import type { PredictorParts } from './task.ts'

/**
 * The predictions for each line.
 * @param make makes a prediction from the values of the head [example, class] or [example] and the index of
 * the line
 */
export function predictTexts<Made>(
  { data, tokenizer, run }: PredictorParts,
  lines: readonly Line[],
  make: (text: string, values: HostTensor['data'], row: number) => Made,
): readonly (Made & { readonly cut?: CutText })[] {
  if (lines.length === 0) return []
  const examples = lines.map((line, id): Example => {
    const texts = line.pair ?? (data.text.kind === 'pair' ? twoTexts(line, 'two texts') : [line.text])
    return { id, ...encodeTexts(tokenizer, texts, data.maxLength), file: 'input', line: line.number }
  })
  const batch = makeBatch(examples, tokenizer.vocabulary, { pad: data.pad, maxLength: data.maxLength })
  const values = run(batch).value.data
  return lines.map(({ text }, row) => {
    const { uncut, tokens } = examples[row] ?? {}
    const cut = uncut === undefined || tokens === undefined ? {} : { cut: { read: tokens.length, of: uncut } }
    return { ...make(text, values, row), ...cut }
  })
}
