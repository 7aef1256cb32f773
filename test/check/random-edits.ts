/** Random edits of a spec, such as those that one makes while typing; the same ones for the same seed. */

/** Numbers from 0 to 1 (mulberry32). */
export function randomNumbers(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The text with one edit. */
export function edited(text: string, random: () => number): string {
  const any = (below: number): number => Math.floor(random() * below)
  const one = <Item>(items: readonly Item[]): Item | undefined => items[any(items.length)]
  const put = (start: number, end: number, by: string): string => text.slice(0, start) + by + text.slice(end)
  const match = (pattern: RegExp): RegExpMatchArray => one([...text.matchAll(pattern)]) ?? ['']
  const replaced = (pattern: RegExp, by: (found: string) => string): string => {
    const found = match(pattern)
    const at = found.index ?? 0
    return put(at, at + found[0].length, by(found[0]))
  }
  const at = any(text.length + 1)
  const edits: readonly (() => string)[] = [
    () => put(at, at, one([...'a1 {}()[]=.,"/\n*']) ?? ''),
    () => put(at, at + 1, ''),
    () => put(at, at + any(40), ''),
    // Same length: all else stays in its place.
    () => replaced(/\d/g, () => String(any(10))),
    () => replaced(/\b[a-z_]{2,}\b/g, (word) => `${word.slice(1)}${word[0]}`),
    () => replaced(/\b[A-Za-z]\b/g, () => one([...'STGWgmxq']) ?? ''),
    // A name in place of another one.
    () => replaced(/\b[a-zA-Z_]+\b/g, () => match(/\b[a-zA-Z_]+\b/g)[0]),
    // Lines and declarations.
    () => replaced(/^.*\n/gm, () => ''),
    () => replaced(/^.*\n/gm, (line) => line + line),
    () => replaced(/^.*\n/gm, (line) => `// note\n${line}`),
    () => replaced(/^(?:\w.*\n)(?:[ }].*\n)*/gm, () => ''),
    () =>
      replaced(
        /^(?:loss|stage|student|teacher|map|def)\b.*\n(?:[ }].*\n)*/gm,
        (found) => match(/^(?:loss|stage|map|data).*\n(?:[ }].*\n)*/gm)[0] + found,
      ),
    () => replaced(/^import \{[^}]*\}/gm, (found) => found.replace(/\w+,? ?(?=\})/, '')),
  ]
  return one(edits)?.() ?? text
}
