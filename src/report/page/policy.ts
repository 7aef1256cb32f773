/** What a browser may load for a page that has all of its parts in itself. */
import { createHash } from 'node:crypto'

/** The policy of a page: nothing but its own style and script, by hash, and `more` directives. */
export function pagePolicy(style: string, script: string, more: readonly string[] = []): string {
  return [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    ...more,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
