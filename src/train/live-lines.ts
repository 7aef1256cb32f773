/**
 * Lines at the end of a terminal that are redrawn in place, below lines that stay. Each change is one write,
 * and a new frame overwrites the old one, so nothing flickers.
 */
import { inOneLine, printable } from '../diagnostics/terminal-text.ts'

export interface LiveTerminal {
  /** Takes sequences of a terminal, so the words in them were cleaned before. */
  readonly write: (text: string) => void
  /** Read at each draw, because a terminal may be resized. */
  readonly size: () => { readonly columns: number; readonly rows: number }
  /**
   * Whether something else has written below the redrawn lines since it was last asked, and left the
   * cursor on a new line. What it wrote stays.
   */
  readonly displaced?: () => boolean
}

const upBy = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : '')
const toEndOfLine = '\u001b[K'
const toEndOfScreen = '\u001b[J'

export class LiveLines {
  private readonly terminal: LiveTerminal
  private shown: readonly string[] = []

  constructor(terminal: LiveTerminal) {
    this.terminal = terminal
  }

  /**
   * Replaces the redrawn lines. The last column stays free, so that no line wraps. Lines that do not fit into
   * the window's height are left out from the end.
   */
  draw(lines: readonly string[]): void {
    this.settle()
    const { columns, rows } = this.terminal.size()
    const start = this.toStart()
    this.shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => inOneLine(line).slice(0, columns - 1))
    this.terminal.write(`${start}${this.frame()}`)
  }

  /** Adds lines that stay, above the redrawn ones. */
  print(text: string): void {
    this.settle()
    const [before, after] =
      this.shown.length > 0 ? [`${this.toStart()}${toEndOfScreen}`, this.frame()] : ['', '']
    this.terminal.write(`${before}${printable(text)}\n${after}`)
  }

  /** Erases the redrawn lines. */
  clear(): void {
    this.settle()
    if (this.shown.length > 0) this.terminal.write(`${this.toStart()}${toEndOfScreen}`)
    this.shown = []
  }

  /** Leaves the redrawn lines as they are, with the cursor on a new line. */
  end(): void {
    this.settle()
    if (this.shown.length > 0) this.terminal.write('\n')
    this.shown = []
  }

  private settle(): void {
    if (this.terminal.displaced?.()) this.shown = []
  }

  private frame(): string {
    return `${this.shown.join(`${toEndOfLine}\n`)}${toEndOfScreen}`
  }

  /** To the start of the redrawn lines. In a window that became narrower, a line takes several rows. */
  private toStart(): string {
    if (this.shown.length === 0) return ''
    const { columns } = this.terminal.size()
    const rows = this.shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0)
    return `${upBy(rows - 1)}\r`
  }
}
