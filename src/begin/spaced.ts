/** At most so many members, evenly spaced, in their order. */
export function spaced<Member>(members: readonly Member[], most: number): readonly Member[] {
  if (members.length <= most) return members
  return Array.from({ length: most }, (_, i) => members[Math.floor((i * members.length) / most)]).flatMap(
    (member) => (member === undefined ? [] : [member]),
  )
}
