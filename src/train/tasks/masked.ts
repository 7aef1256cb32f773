/** The pieces that a masked language model predicts for each [MASK] in a line. */
import { taskFacts } from '../../check/tasks.ts'
import { makeBatch } from '../../data/batching.ts'
import type { Example } from '../../data/dataset.ts'
import { assemble } from '../../data/encode.ts'
import type { Spelling } from '../../data/tokenizer/tokenizer.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { unreadableInputLine } from '../../diagnostics/messages/runs.ts'
import { maskedBaselines } from '../baselines/masked.ts'
import { argmax, logSumExp, softmax } from '../distributions.ts'
import { largest } from '../largest.ts'
import type { Line, MaskPrediction } from './prediction.ts'
import { target } from './target.ts'
import { type LinePredictor, type PredictorParts, share, type Task } from './task.ts'

const maskText = '[MASK]'
/** Number of pieces for each [MASK]. */
const candidates = 5
/** Largest number of logits in memory at once. */
const mostLogits = 16e6

export const maskedTask: Task<'masked'> = {
  ...taskFacts.masked,
  // As many examples of 64 tokens as have that many logits.
  together: (classes) => Math.max(1, Math.min(32, Math.floor(mostLogits / (classes * 64)))),
  /** Of each masked position the loss, and whether the answer is right: [positions, 2]. */
  scored({ value: { data, shape } }, batch) {
    const classes = shape.at(-1) ?? 1
    const rows: number[] = []
    for (const [row, label] of target(batch, 'batch.original').entries()) {
      if (label < 0) continue
      const logits = data.subarray(row * classes, (row + 1) * classes)
      rows.push(logSumExp(logits) - (logits[label] ?? 0), argmax(logits) === label ? 1 : 0)
    }
    return { value: { dtype: 'f32', shape: [rows.length / 2, 2], data: Float64Array.from(rows) } }
  },
  collector() {
    let [loss, correct, positions] = [0, 0, 0]
    return {
      add({ value: { data } }) {
        for (let at = 0; at < data.length; at += 2) {
          positions++
          loss += data[at] ?? 0
          correct += data[at + 1] ?? 0
        }
      },
      answers: () => ({ kind: 'masked', loss, correct, positions }),
    }
  },
  baselines: maskedBaselines,
  predictor: (parts) => new MaskPredictor(parts),
  line: ({ filled, masks }) => [filled, ...masks.map(([best]) => share(best?.probability ?? 0))].join('\t'),
}

class MaskPredictor implements LinePredictor<'masked'> {
  readonly labels = []
  private readonly parts: PredictorParts

  constructor(parts: PredictorParts) {
    this.parts = parts
  }

  predict(lines: readonly Line[]): readonly MaskPrediction[] {
    const examples = lines.map((line, id) => this.encode(line, id))
    const longest = Math.max(1, ...examples.map(({ tokens }) => tokens.length))
    const together = Math.max(1, Math.floor(mostLogits / (this.parts.output.classes * longest)))
    const predictions: MaskPrediction[] = []
    for (let from = 0; from < lines.length; from += together)
      predictions.push(
        ...this.fill(lines.slice(from, from + together), examples.slice(from, from + together)),
      )
    return predictions
  }

  /** [MASK] is always one piece, however the tokenizer would encode its letters. Throws E0826. */
  private encode({ text, number }: Line, id: number): Example {
    const { tokenizer, data } = this.parts
    const { mask } = tokenizer.vocabulary
    const ids = text
      .split(maskText)
      .flatMap((part, i) => [...(i === 0 ? [] : [mask]), ...tokenizer.encode(part)])
    const room = data.maxLength - 2
    const refuse = (problem: string, help: string): DiagnosticError =>
      new DiagnosticError(unreadableInputLine({ line: number, problem, help }))
    if (!ids.includes(mask))
      throw refuse(`has no ${maskText}`, `write ${maskText} where a word is to be filled in`)
    if (ids.lastIndexOf(mask) >= room)
      throw refuse(
        `has a ${maskText} behind the ${room} tokens that data \`${data.name}\` lets the model read`,
        'shorten the line',
      )
    return { id, ...assemble(tokenizer, [Int32Array.from(ids.slice(0, room))]), file: 'input', line: number }
  }

  private fill(lines: readonly Line[], examples: readonly Example[]): readonly MaskPrediction[] {
    const { output, tokenizer, data, run } = this.parts
    const { classes } = output
    const { mask, pieces } = tokenizer.vocabulary
    const batch = makeBatch(examples, tokenizer.vocabulary, { pad: data.pad, maxLength: data.maxLength })
    const values = run(batch).value.data
    return lines.map(({ text }, row) => {
      const places = [...(examples[row]?.tokens ?? [])].flatMap((id, at) => (id === mask ? [at] : []))
      const ranked = places.map((place) => {
        const at = row * batch.L + place
        const probabilities = softmax(values.subarray(at * classes, (at + 1) * classes))
        return highest(probabilities).map((id) => ({ id, probability: probabilities[id] ?? Number.NaN }))
      })
      const masks = ranked.map((best) =>
        best.map(({ id, probability }) => ({ piece: pieces[id] ?? `${id}`, probability })),
      )
      const [first = '', ...rest] = text.split(maskText)
      const filled = rest.reduce((left, part, i) => {
        const best = ranked[i]?.[0]?.id
        return (best === undefined ? left + maskText : put(left, tokenizer.spelling(best))) + part
      }, first)
      return { kind: 'masked', text, filled, masks }
    })
  }
}

/** A piece that continues a word is joined to the word before it. */
function put(left: string, { text, continues }: Spelling): string {
  return continues ? left.trimEnd() + text : left + text
}

/** Indices of the highest values, in falling order. */
function highest(values: readonly number[]): readonly number[] {
  const best = new Int32Array(Math.min(candidates, values.length))
  largest(values, 0, values.length, best.length, best, 0)
  return [...best]
}
