/** A paragraph of the report's data as HTML: `**bold**` and `` `code` ``, all else as it is. */
import { el, joined, type Markup } from '../../diagnostics/markup.ts'

export function rich(paragraph: string): Markup {
  const pieces = paragraph.split(/(\*\*[^*]+\*\*|`[^`]+`)/)
  return joined(
    pieces.map((piece) => {
      if (/^\*\*[^*]+\*\*$/.test(piece)) return el('b', {}, piece.slice(2, -2))
      if (/^`[^`]+`$/.test(piece)) return el('code', {}, piece.slice(1, -1))
      return piece
    }),
  )
}

/** The same without its marks, for a title. */
export function plain(paragraph: string): string {
  return paragraph.replace(/\*\*([^*]+)\*\*|`([^`]+)`/g, '$1$2')
}
