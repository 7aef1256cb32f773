/** Horizontal bars of text: `██████▌`. */

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** @param share of the whole width, from 0 to 1; what is not 0 has a mark */
export function bar(share: number, width: number): string {
  const size = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(size / 8)) + (eighths[size % 8] ?? '')
}
