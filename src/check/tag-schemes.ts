/**
 * Schemes of tags, which mark where the entities of a text begin and end (Ramshaw and Marcus 1995; Tjong Kim
 * Sang and Veenstra 1999). Metrics read all of them in one way, so a scheme only says which tags are
 * possible.
 */

/** As a spec writes them. `iob2` is another name of `bio`. */
export const schemeNames = ['bio', 'io', 'iob1', 'iob2', 'bioes'] as const
export type TagScheme = Exclude<(typeof schemeNames)[number], 'iob2'>

/** The letters before the types. */
const letters: Readonly<Record<TagScheme, string>> = { io: 'I', iob1: 'BI', bio: 'BI', bioes: 'BIES' }

/** What tags of each scheme there are. */
export const schemeTexts: Readonly<Record<TagScheme, string>> = {
  io: 'io has O, and I-X for each type X',
  iob1: 'iob1 has O, I-X for each type X, and B-X where an entity follows one of its type',
  bio: 'bio has O, and B-X and I-X for each type X',
  bioes: 'bioes has O, and B-X, I-X, E-X and S-X for each type X',
}

/** `B-PER` -> B and PER; undefined for O and for other words. */
function parse(tag: string): { readonly letter: string; readonly type: string } | undefined {
  const [, letter, type] = /^([BIES])-(.+)$/.exec(tag) ?? []
  return letter === undefined || type === undefined ? undefined : { letter, type }
}

/**
 * The scheme of these tags; undefined if one is of none. Where each type has B- and I-, the tags alone do not
 * show whether I- may begin an entity (iob1) or not: that is taken for bio.
 */
export function schemeOf(tags: readonly string[]): TagScheme | undefined {
  if (tags.some((tag) => tag !== 'O' && parse(tag) === undefined)) return undefined
  const has = (letter: string): boolean => tags.some((tag) => parse(tag)?.letter === letter)
  if (has('E') || has('S')) return 'bioes'
  if (!has('B')) return 'io'
  return tags.some((tag) => problemOf(tag, 'bio', tags)) ? 'iob1' : 'bio'
}

/**
 * Why a scheme cannot have this tag among these; undefined if it can.
 * @param tags all tags; without them, one that is missing beside this one is no problem
 */
export function problemOf(tag: string, scheme: TagScheme, tags?: readonly string[]): string | undefined {
  if (tag === 'O') return undefined
  const { letter, type } = parse(tag) ?? { letter: '-', type: '' }
  if (!letters[scheme].includes(letter)) {
    const forms = [...letters[scheme]].map((one) => `${one}-X`)
    const last = forms.pop() ?? ''
    return forms.length > 0 ? `neither O, ${forms.join(', ')} nor ${last}` : `neither O nor ${last}`
  }
  const beside = besideOf(scheme, letter).find((one) => tags && !tags.includes(`${one}-${type}`))
  return beside && `there is no ${beside}-${type}`
}

/** The letters without which a tag cannot occur. */
function besideOf(scheme: TagScheme, letter: string): readonly string[] {
  if (scheme === 'bio') return letter === 'I' ? ['B'] : []
  if (scheme === 'iob1') return letter === 'B' ? ['I'] : []
  if (scheme === 'bioes')
    return letter === 'I' ? ['B', 'E'] : letter === 'B' ? ['E'] : letter === 'E' ? ['B'] : []
  return []
}
