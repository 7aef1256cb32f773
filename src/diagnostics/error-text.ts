/** What something that was thrown says; anything can be thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The first line of it: libraries append what they know of the way there. */
export function errorLine(error: unknown): string {
  return errorText(error).split('\n')[0] ?? ''
}
