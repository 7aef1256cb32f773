/** The colours of diagnostics, or none. */
import picocolors from 'picocolors'

export type Paint = (text: string) => string

export interface Painter {
  readonly error: Paint
  readonly warning: Paint
  readonly note: Paint
  readonly secondary: Paint
  readonly gutter: Paint
  readonly bold: Paint
  /** What is beside the matter: headings of columns, units, reasons. */
  readonly muted: Paint
}

export function painter(color: boolean): Painter {
  const c = picocolors.createColors(color)
  return {
    error: (text) => c.bold(c.red(text)),
    warning: (text) => c.bold(c.yellow(text)),
    note: (text) => c.bold(c.cyan(text)),
    secondary: c.blue,
    gutter: c.blue,
    bold: c.bold,
    muted: c.dim,
  }
}
