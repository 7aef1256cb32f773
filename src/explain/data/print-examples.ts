/** Examples as the model reads them, with a mark for everything that is no piece of the text. */
import type { Painter } from '../../diagnostics/paint.ts'
import { indent, wrap } from '../figures.ts'
import type { ShownExample, ShownPiece } from './shown-examples.ts'
import type { DataSummary } from './summary.ts'

/** Pieces of an example that are printed; of a longer one, the first and the last. */
const mostPieces = 120

export function printExamples(
  { examples, labelled }: DataSummary,
  columns: number,
  paint: Painter,
): string[] {
  if (examples.length === 0) return []
  const marks = [
    ...(labelled === 'tags' ? ['/TAG the tag of a word'] : []),
    ...(labelled === 'span' ? ['>> << around the answer'] : []),
    ...(examples.some(isMasked) ? ['[MASK=piece] a masked piece and what it hides'] : []),
  ]
  const legend = marks.length > 0 ? ` (${marks.join(', ')})` : ''
  const shown = examples.flatMap((example) => printExample(example, columns, paint))
  return [`  ${paint.bold('as the model reads it')}${legend}`, ...shown]
}

function printExample(
  { file, line, label, segments }: ShownExample,
  columns: number,
  paint: Painter,
): string[] {
  const title = `${paint.muted(`${file}:${line}`)}${label === undefined ? '' : `  ${paint.note(label)}`}`
  const texts = segments.flatMap((pieces, i) => {
    const name = segments.length > 1 ? `${paint.muted(`${i}:`)} ` : ''
    return wrap(name + piecesText(pieces, paint), 4, columns)
  })
  return [...indent([title]), ...texts]
}

function piecesText(pieces: readonly ShownPiece[], paint: Painter): string {
  const written = pieces.map(({ piece, tag, answer, original }, i) => {
    const hidden = original === undefined ? piece : `[${piece === '[MASK]' ? 'MASK' : piece}=${original}]`
    const special = /^(\[.+\]|<.+>)$/.test(piece) ? paint.muted(hidden) : hidden
    const tagged = tag === undefined || tag === 'O' ? special : `${special}${paint.note(`/${tag}`)}`
    const begin = answer && !pieces[i - 1]?.answer ? '>> ' : ''
    const end = answer && !pieces[i + 1]?.answer ? ' <<' : ''
    return `${begin}${tagged}${end}`
  })
  if (written.length <= mostPieces) return written.join(' ')
  const half = mostPieces / 2
  const left = written.length - mostPieces
  return [...written.slice(0, half), `... ${left} more pieces ...`, ...written.slice(-half)].join(' ')
}

function isMasked({ segments }: ShownExample): boolean {
  return segments.some((pieces) => pieces.some(({ original }) => original !== undefined))
}
