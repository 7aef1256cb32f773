/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Its first line. Libraries append details to their messages. */
export function errorLine(error: unknown): string {
  return errorText(error).split('\n')[0] ?? ''
}
