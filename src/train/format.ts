/** Numbers and lists for the screen. */

/** `37 s`, `4m 05s`, `2h 10m` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** `12,345` */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Three digits: `0.102`, `12.3`, `1.2e-5` */
export function formatLoss(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e4) return value.toExponential(1).replace('e+', 'e')
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(3)
}

/** `11.2`, `0.43` */
export function formatSpeed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2)
}

/** `61.2%` of a share from 0 to 1. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)}%`
}

/** `418 MB`, `1.4 MB`, `34 KB` (of 2^20 and 2^10 bytes) */
export function formatBytes(bytes: number): string {
  const mega = bytes / 2 ** 20
  if (mega >= 10_240) return `${(mega / 1024).toFixed(1)} GB`
  if (mega < 0.95) return `${Math.ceil(bytes / 1024)} KB`
  return `${mega >= 10 ? mega.toFixed(0) : mega.toFixed(1)} MB`
}

/** Up to four names; of more, the first three and the number of the others. */
export function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

/** Lines of at most `room` characters, broken between words. Those after the first are indented. */
export function wrapped(text: string, room: number): string {
  const lines: string[] = []
  let rest = text
  while (rest.length > room) {
    // Parts of a line have several spaces between them, and are kept whole where they can.
    const [part, word] = ['   ', ' '].map((space) => rest.lastIndexOf(space, room))
    const at = part && part > room / 3 ? part : word && word > room / 4 ? word : room
    lines.push(rest.slice(0, at))
    rest = `  ${rest.slice(at).trimStart()}`
  }
  return [...lines, rest].join('\n')
}
