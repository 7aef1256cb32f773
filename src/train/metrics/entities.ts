/**
 * Entities of tagged sentences, as in seqeval's default mode and the script `conlleval`. In any scheme (IOB1,
 * BIO, IOE, BIOES), an entity begins where its type changes or a tag begins one. So a prediction that breaks
 * the scheme (`O I-PER`) still has entities.
 */
import type { Answers } from './metric.ts'

export interface Entity {
  readonly type: string
  /** Indices of words, both ends included. */
  readonly start: number
  readonly end: number
}

interface Tag {
  readonly prefix: string
  readonly type: string
}

const outside: Tag = { prefix: 'O', type: '' }

/** `B-PER` -> B and PER; a tag without a type (`B`, `O`) has the type `_`. */
function parse(tag: string): Tag {
  const rest = tag.slice(1)
  const dash = rest.indexOf('-')
  return { prefix: tag.slice(0, 1), type: (dash < 0 ? rest : rest.slice(dash + 1)) || '_' }
}

/** Whether an entity that contains the word of `before` ends there. */
function ends(before: Tag, { prefix, type }: Tag): boolean {
  if (before.prefix === 'E' || before.prefix === 'S') return true
  if ((before.prefix === 'B' || before.prefix === 'I') && 'BSO'.includes(prefix)) return true
  return before.prefix !== 'O' && before.prefix !== '.' && before.type !== type
}

function begins(before: Tag, { prefix, type }: Tag): boolean {
  if (prefix === 'B' || prefix === 'S') return true
  if ('ESO'.includes(before.prefix) && (prefix === 'E' || prefix === 'I')) return true
  return prefix !== 'O' && prefix !== '.' && before.type !== type
}

/** The entities of one sentence (seqeval's `get_entities`). */
export function entitiesOf(tags: readonly string[]): readonly Entity[] {
  const entities: Entity[] = []
  let before = outside
  let start = 0
  for (let i = 0; i <= tags.length; i++) {
    const tag = parse(tags[i] ?? 'O')
    if (ends(before, tag)) entities.push({ type: before.type, start, end: i - 1 })
    if (begins(before, tag)) start = i
    before = tag
  }
  return entities
}

export interface EntityCounts {
  /** Predicted entities whose type and ends are right. */
  readonly right: number
  readonly predicted: number
  readonly actual: number
}

/** Over all sentences and types together (micro average). */
export function countEntities({
  predicted,
  actual,
}: Pick<Answers<'tags'>, 'predicted' | 'actual'>): EntityCounts {
  const key = ({ type, start, end }: Entity): string => `${start} ${end} ${type}`
  const counts = { right: 0, predicted: 0, actual: 0 }
  for (const [i, tags] of actual.entries()) {
    const wanted = new Set(entitiesOf(tags).map(key))
    const given = new Set(entitiesOf(predicted[i] ?? []).map(key))
    counts.actual += wanted.size
    counts.predicted += given.size
    for (const entity of given) if (wanted.has(entity)) counts.right++
  }
  return counts
}
