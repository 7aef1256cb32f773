/** How figures and tables are written for people, in explain and profile. */
import { inOneLine } from '../diagnostics/terminal-text.ts'
import { paintedWidth } from '../diagnostics/width.ts'

/** A number as a spec would write it, six digits of it: `0.01`, `5e-5`. */
export function decimal(value: number): string {
  const short = Number(value.toPrecision(6))
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential() : String(short)
}

export const number = (n: number): string => n.toLocaleString('en-US')

/** `66.4 M`, `271 k`: three digits. */
export function rounded(n: number): string {
  const [unit, scale] = n >= 1e9 ? [' G', 1e9] : n >= 1e6 ? [' M', 1e6] : n >= 1e4 ? [' k', 1e3] : ['', 1]
  const value = n / scale
  return `${unit === '' || value >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit}`
}

/** `a`, `a and b`, `a, b and c` */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

export function bytes(n: number): string {
  if (n >= 2 ** 30) return `${(n / 2 ** 30).toFixed(1)} GiB`
  if (n >= 2 ** 20) return `${(n / 2 ** 20).toFixed(1)} MiB`
  return n >= 1000 ? `${(n / 2 ** 10).toFixed(1)} KiB` : `${n} bytes`
}

export function flops(n: number): string {
  const [unit, scale] =
    n >= 1e15 ? ['PFLOP', 1e15] : n >= 1e12 ? ['TFLOP', 1e12] : n >= 1e9 ? ['GFLOP', 1e9] : ['MFLOP', 1e6]
  const value = n / scale
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`
}

/** Ties two words: no line ends between them. `wrapLines` writes it as a blank. */
export const tie = '\u00a0'

/** The least width of a last column whose cells are wrapped inside it. */
const narrowest = 24

/**
 * Columns padded to their widest cell; those that `right` marks are aligned right. Where `columns` is given,
 * a last cell that would go beyond it is wrapped: inside its column, or below its row if that leaves no room.
 */
export function table(
  given: readonly (readonly string[])[],
  right: readonly boolean[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  // A label or a name may have an end of a line in it.
  const rows = given.map((row) => row.map(inOneLine))
  const widths = right.map((_, c) => Math.max(0, ...rows.map((row) => paintedWidth(row[c] ?? ''))))
  const last = right.length - 1
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
  return rows.flatMap((row) => {
    const cells = right.map((isRight, c) => {
      const cell = row[c] ?? ''
      const blanks = ' '.repeat((widths[c] ?? 0) - paintedWidth(cell))
      return isRight ? blanks + cell : cell + blanks
    })
    const line = cells.join('  ').trimEnd()
    if (paintedWidth(line) <= columns) return [line]
    const head = cells.slice(0, last).join('  ')
    const under = columns - before < narrowest
    const [first = '', ...more] = wrap(row[last] ?? '', under ? 2 : before, columns)
    return under ? [head.trimEnd(), first, ...more] : [`${head}  ${first.trimStart()}`, ...more]
  })
}

export function indent(lines: readonly string[], by = 2): string[] {
  return lines.map((line) => ' '.repeat(by) + line)
}

/** Words in lines of at most `columns` characters, indented. */
export function wrap(text: string, by: number, columns: number): string[] {
  return flow(text.split(' '), by, by, columns)
}

/** Each line in as many as it needs to keep to `columns`; those that follow are indented by two more. */
export function wrapLines(lines: readonly string[], columns: number): string[] {
  return lines
    .flatMap((line) => {
      if (paintedWidth(line) <= columns) return [line]
      const by = line.length - line.trimStart().length
      return flow(line.trimStart().split(' '), by, by + 2, columns)
    })
    .map((line) => line.replaceAll(tie, ' '))
}

function flow(pieces: readonly string[], by: number, then: number, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    const margin = lines.length === 0 ? by : then
    if (line && margin + paintedWidth(line) + 1 + paintedWidth(piece) > columns) {
      lines.push(' '.repeat(margin) + line)
      line = ''
    }
    line += (line ? ' ' : '') + piece
  }
  return [...lines, ' '.repeat(lines.length === 0 ? by : then) + line]
}

/** `14,350,248 + 313 per class` */
export function perClassText(count: number, perClass: number, text = number): string {
  const each = `${number(perClass)} per class`
  if (perClass === 0) return text(count)
  return count === 0 ? each : `${text(count)} + ${each}`
}
