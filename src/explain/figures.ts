/** How figures and tables are written for people, in explain and profile. */

/** A number as a spec would write it, six digits of it: `0.01`, `5e-5`. */
export function decimal(value: number): string {
  const short = Number(value.toPrecision(6))
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential() : String(short)
}

export const number = (n: number): string => n.toLocaleString('en-US')

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

/** Columns padded to their widest cell; those that `right` marks are aligned right. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = right.map((_, c) => Math.max(0, ...rows.map((row) => row[c]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, c) => (right[c] ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

export function indent(lines: readonly string[], by = 2): string[] {
  return lines.map((line) => ' '.repeat(by) + line)
}

/** Words in lines of at most `columns` characters, indented. */
export function wrap(text: string, by: number, columns: number): string[] {
  return flow(text.split(' '), by, columns)
}

/** `a, b, c` in lines of at most `columns` characters, indented; items stay whole. */
export function wrapList(items: readonly string[], by: number, columns: number): string[] {
  return flow(
    items.map((item, i) => (i < items.length - 1 ? `${item},` : item)),
    by,
    columns,
  )
}

function flow(pieces: readonly string[], by: number, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    if (line && by + line.length + 1 + piece.length > columns) {
      lines.push(line)
      line = ''
    }
    line += (line ? ' ' : '') + piece
  }
  return indent([...lines, line], by)
}
