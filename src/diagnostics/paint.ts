/** The colours of what is printed, or none. They become sequences of a terminal in `terminalText`. */
import { colored, type Look } from './terminal-text.ts'

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

/** Select Graphic Rendition (ECMA-48, 8.3.117): the parameters that begin and end a look. */
const looks = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
} as const satisfies Readonly<Record<string, Look>>

export function painter(color: boolean): Painter {
  const look =
    (...names: readonly (keyof typeof looks)[]): Paint =>
    (text) =>
      color ? names.reduce((inner, name) => colored(inner, looks[name]), text) : text
  return {
    error: look('red', 'bold'),
    warning: look('yellow', 'bold'),
    note: look('cyan', 'bold'),
    secondary: look('blue'),
    gutter: look('blue'),
    bold: look('bold'),
    muted: look('dim'),
  }
}
