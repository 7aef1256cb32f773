/** The order in which a spec lists tags. */

/** O first, then type by type, each beginning with its B-. */
export function sortedTags(tags: readonly string[]): string[] {
  const key = (tag: string): string => {
    const [, place = '', type] = /^([BIESLU])[-_](.+)$/.exec(tag) ?? []
    return tag === 'O' ? '' : type === undefined ? tag : `${type} ${place}`
  }
  return tags.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
