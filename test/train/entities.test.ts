import { describe, expect, it } from 'vitest'
import { taskFacts } from '../../src/check/tasks.ts'
import { entitiesOf } from '../../src/train/metrics/entities.ts'
import { measure } from '../../src/train/metrics/index.ts'
import type { Answers } from '../../src/train/metrics/metric.ts'

const written = (tags: string): string =>
  entitiesOf(tags.split(' '))
    .map(({ type, start, end }) => `${type} ${start}-${end}`)
    .join(', ')

const answers = (predicted: string[], actual: string[]): Answers => ({
  kind: 'tags',
  predicted: predicted.map((tags) => tags.split(' ')),
  actual: actual.map((tags) => tags.split(' ')),
})

describe('entities by the rules of conlleval', () => {
  it.each([
    // seqeval's own documentation and tests of get_entities
    ['B-PER I-PER O B-LOC', 'PER 0-1, LOC 3-3'],
    ['O O O B-MISC I-MISC I-MISC O', 'MISC 3-5'],
    // IOB1: I begins an entity, B only behind one of the same type
    ['I-PER I-PER O I-LOC B-LOC I-LOC', 'PER 0-1, LOC 3-3, LOC 4-5'],
    // a prediction that breaks BIO: I of another type begins a new entity
    ['B-PER I-LOC I-LOC', 'PER 0-0, LOC 1-2'],
    ['O I-PER O', 'PER 1-1'],
    ['B-PER B-PER', 'PER 0-0, PER 1-1'],
    ['B-PER O I-PER', 'PER 0-0, PER 2-2'],
    // the other schemes
    ['B-PER I-PER E-PER S-LOC O', 'PER 0-2, LOC 3-3'],
    ['S-PER S-PER', 'PER 0-0, PER 1-1'],
    ['I-PER E-PER E-PER', 'PER 0-1, PER 2-2'],
    // only the first hyphen parts the type
    ['B-data-set I-data-set', 'data-set 0-1'],
    // tags without types
    ['B I O B', '_ 0-1, _ 3-3'],
    ['O O', ''],
  ])('%s', (tags, entities) => {
    expect(written(tags)).toBe(entities)
  })
})

describe('entity metrics', () => {
  it('of the example of seqeval', () => {
    // seqeval's README: f1_score 0.50, precision and recall 0.5: PER of the second sentence is right, MISC begins too early.
    const readme = answers(
      ['O O B-MISC I-MISC I-MISC I-MISC O', 'B-PER I-PER O'],
      ['O O O B-MISC I-MISC I-MISC O', 'B-PER I-PER O'],
    )
    expect(measure('entity_f1', readme)).toBe(0.5)
    expect(measure('entity_precision', readme)).toBe(0.5)
    expect(measure('entity_recall', readme)).toBe(0.5)
    // seqeval's README: accuracy_score 0.80
    expect(measure('tag_accuracy', readme)).toBe(0.8)
  })
  it('of a wrong type count as missed and as made up', () => {
    const one = answers(['B-LOC O B-PER', 'O B-PER'], ['B-PER O B-PER', 'O O'])
    expect(measure('entity_precision', one)).toBeCloseTo(1 / 3, 12)
    expect(measure('entity_recall', one)).toBe(0.5)
    expect(measure('entity_f1', one)).toBeCloseTo(0.4, 12)
  })
  it('are 0 where nothing is predicted or there, and an entity never crosses sentences', () => {
    const nothing = answers(['O O'], ['O O'])
    for (const name of ['entity_f1', 'entity_precision', 'entity_recall'] as const)
      expect(measure(name, nothing)).toBe(0)
    expect(measure('entity_f1', answers(['B-PER', 'I-PER'], ['B-PER', 'I-PER']))).toBe(1)
    expect(measure('entity_recall', answers(['B-PER', 'O'], ['B-PER', 'I-PER']))).toBe(0.5)
    expect(
      measure('entity_f1', { kind: 'number', predicted: new Float64Array(1), actual: new Float64Array(1) }),
    ).toBeUndefined()
    expect(taskFacts.tags.metric).toBe('entity_f1')
  })
})
