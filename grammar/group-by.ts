/**
 * Chevrotain 13 groups with `Object.groupBy`, which Node 20 does not have yet. Imported before chevrotain wherever that is used.
 * (Chevrotain calls it only while a parser is built, so that a bundler which moves imports about does no harm.)
 */
const groupBy = <Item>(items: Iterable<Item>, keyOf: (item: Item, index: number) => PropertyKey) => {
  const groups: Record<PropertyKey, Item[]> = Object.create(null)
  let index = 0
  for (const item of items) {
    const key = keyOf(item, index++)
    groups[key] = [...(groups[key] ?? []), item]
  }
  return groups
}
if (!('groupBy' in Object))
  Object.defineProperty(Object, 'groupBy', { value: groupBy, configurable: true, writable: true })

export {}
