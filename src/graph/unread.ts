/**
 * Outputs for what a model computes and no loss reads: heads, poolers, layers above the deepest tap. A graph
 * has them as its spec is written, so that its cost is that of the models; they are computed with it, and
 * given to no reader.
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
