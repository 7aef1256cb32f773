/**
 * Outputs for values of a model that no loss reads: heads, poolers, layers above the deepest tap. A graph has
 * them as its spec is written, so that its cost is that of the complete models. They are computed, but
 * returned to no caller.
 */
const prefix = 'unread '

/** The name of the output of such a value, by its path: `unread T.task.logits`. */
export function unreadOutput(path: string): string {
  return `${prefix}${path}`
}

/** The path of such an output; undefined for all others. */
export function unreadPath(output: string): string | undefined {
  return output.startsWith(prefix) ? output.slice(prefix.length) : undefined
}
