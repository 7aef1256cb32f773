/** Offsets -> lines and columns of a text, both counted from 1. */
import { inOneLine } from './terminal-text.ts'
import { textWidth } from './width.ts'

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1, in characters (UTF-16 units), as editors and compilers count. */
  readonly column: number
}

export class SourceText {
  private readonly text: string
  private readonly starts: number[]

  constructor(text: string) {
    this.text = text
    this.starts = [0]
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.starts.push(i + 1)
  }

  positionOf(offset: number): Position {
    const within = Math.max(0, Math.min(offset, this.text.length))
    let low = 0
    let high = this.starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.starts[middle] ?? 0) <= within) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: within - (this.starts[low] ?? 0) + 1 }
  }

  /** Without its end; `line` from 1. */
  lineText(line: number): string {
    const start = this.starts[line - 1] ?? this.text.length
    const end = this.starts[line] ?? this.text.length + 1
    return this.text.slice(start, end - 1).replace(/\r$/, '')
  }

  /** As a terminal shows it, so that carets are placed correctly. */
  shownLine(line: number): string {
    return shown(this.lineText(line))
  }

  /** The terminal column, from 0, at which the character at `column` of `line` is shown. */
  shownColumn({ line, column }: Position): number {
    const before = this.lineText(line).slice(0, column - 1)
    const beyond = Math.max(0, column - 1 - before.length)
    return textWidth(shown(before)) + beyond
  }
}

/** Tabs become two blanks, and what no terminal should be sent is shown by its number. */
function shown(text: string): string {
  return inOneLine(text.replaceAll('\t', '  '))
}
