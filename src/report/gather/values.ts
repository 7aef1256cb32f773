/** Numbers as a report has them: JSON has none that is not finite. */
export function finite(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value
}

/** `144 k`, `8.7 M`, `812` */
export function short(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)} G`
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)} M`
  return count >= 1e4 ? `${Math.round(count / 1e3)} k` : Math.round(count).toLocaleString('en-US')
}

/** Text from outside as it is: what is bold or code in a `Rich` text is not theirs to say. */
export function plain(text: string): string {
  return text.replaceAll('*', '\u2217').replaceAll('`', '\u2019')
}

/** A p of a test: `p = 0.03`, `p < 0.001`. */
export function probability(p: number): string {
  return p < 0.001 ? 'p\u00a0<\u00a00.001' : `p\u00a0=\u00a0${p.toPrecision(2)}`
}
