/** For tests: the texts of all comments of a tree, in the order of a walk through it. */
export function commentTexts(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(commentTexts)
  if (typeof node !== 'object' || node === null) return []
  if ('documentation' in node && 'text' in node)
    return [`${node.documentation ? '/' : ''}${String(node.text)}`]
  return Object.values(node).flatMap(commentTexts)
}
