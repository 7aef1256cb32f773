import { describe, expect, it } from 'vitest'
import type { Example } from '../../src/data/dataset.ts'
import type { Question } from '../../src/data/read-squad.ts'
import { measure } from '../../src/train/metrics/index.ts'
import { normalizeAnswer } from '../../src/train/metrics/squad-answers.ts'
import { BestAnswers } from '../../src/train/tasks/best-answers.ts'

describe('answers as the official script compares them', () => {
  it.each([
    ['The  Cat', 'cat'],
    ['a.b.c.', 'abc'],
    // punctuation goes first: "the" of "the-end" is then no word
    ['the-end', 'theend'],
    ['An apple, a pear & the rest', 'apple pear rest'],
    ['another theory', 'another theory'],
    // only ASCII punctuation is taken out
    ['“Quoted”', '“quoted”'],
    ['$1.2 million', '12 million'],
    ['à la carte', 'à la carte'],
    ['a\u00a0b\u3000the', 'b'],
    ['the', ''],
  ])('%s', (text, normal) => expect(normalizeAnswer(text)).toBe(normal))

  const scores = (predicted: string, ...actual: string[]) => {
    const answers = { kind: 'span', predicted: [predicted], actual: [actual] } as const
    return [measure('exact_match', answers), measure('span_f1', answers)]
  }
  it('exact match and F1', () => {
    expect(scores('the Denver Broncos!', 'Denver Broncos')).toEqual([1, 1])
    // 2 common of 3 and 2: P 2/3, R 1, F1 0.8
    expect(scores('old Denver Broncos', 'Denver Broncos')).toEqual([0, 0.8])
    // counted with repetition: 1 common of 2 and 1
    expect(scores('ha ha', 'ha')[1]).toBeCloseTo(2 / 3, 12)
    // the best of the right ones
    expect(scores('308', 'three', '308 points', '308')).toEqual([1, 1])
    expect(scores('nine', '308')).toEqual([0, 0])
  })
  it('of questions without an answer: the empty text is right, all else wrong', () => {
    expect(scores('')).toEqual([1, 1])
    expect(scores('something')).toEqual([0, 0])
    expect(scores('', 'something')).toEqual([0, 0])
    // an answer of articles alone is no answer
    expect(scores('', 'the')).toEqual([1, 1])
  })
  it('are means over questions', () => {
    const answers = { kind: 'span', predicted: ['a cat', 'dog'], actual: [['cat'], ['big dog']] } as const
    expect(measure('exact_match', answers)).toBe(0.5)
    expect(measure('span_f1', answers)).toBeCloseTo((1 + 2 / 3) / 2, 12)
  })
})

const question = (answers: readonly string[]): Question => ({
  file: 'f',
  line: 1,
  id: '1',
  question: 'q',
  context: 'w0 w1 w2 w3',
  answers: answers.map((text) => ({ text, start: 0, end: 2 })),
})
/** [CLS] q [SEP] w0 w1 w2 w3 [SEP] */
const window = (of: Question, id = 0, central = [0, 0, 0, 1, 1, 1, 1, 0]): Example => ({
  id,
  tokens: new Int32Array(8),
  segments: new Int32Array(8),
  firstPiece: new Uint8Array(8),
  file: 'f',
  line: 1,
  window: {
    question: of,
    begins: Int32Array.of(-1, -1, -1, 0, 3, 6, 9, -1),
    ends: Int32Array.of(-1, -1, -1, 2, 5, 8, 11, -1),
    central: Uint8Array.from(central),
  },
})
function predicted(
  ...windows: readonly (readonly [Example, readonly number[], readonly number[]])[]
): string | undefined {
  const best = new BestAnswers()
  for (const [example, start, end] of windows)
    best.add(example, Float32Array.from(start), Float32Array.from(end))
  return best.answers().predicted[0]
}

describe('the best answer', () => {
  const q = question(['w0'])
  it('has the highest sum', () => {
    expect(predicted([window(q), [0, 0, 0, 1, 3, 0, 0, 0], [0, 0, 0, 0, 0, 2, 1, 0]])).toBe('w1 w2')
  })
  it('ends not before it starts, and stands in the context', () => {
    // the best start is w3, the best end w0: w3 alone (5 + 0) loses to w0 alone (1 + 5)
    expect(predicted([window(q), [0, 0, 0, 1, 0, 0, 5, 0], [0, 0, 0, 5, 0, 0, 0, 0]])).toBe('w0')
    expect(predicted([window(q), [9, 9, 9, 0, 1, 0, 0, 9], [9, 9, 9, 0, 1, 0, 0, 9]])).toBe('w1')
  })
  it('starts where its window has the most context', () => {
    expect(
      predicted([window(q, 0, [0, 0, 0, 0, 1, 1, 1, 0]), [0, 0, 0, 9, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0]]),
    ).toBe('w1')
  })
  it('comes from any window, of equals from the first, whatever the order', () => {
    const low = [window(q, 0), [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]] as const
    const high = [window(q, 1), [0, 0, 0, 0, 0, 2, 0, 0], [0, 0, 0, 0, 0, 2, 0, 0]] as const
    const equal = [window(q, 2), [0, 0, 0, 0, 0, 0, 2, 0], [0, 0, 0, 0, 0, 0, 2, 0]] as const
    expect(predicted(low, high, equal)).toBe('w2')
    expect(predicted(equal, high, low)).toBe('w2')
  })
  it('is none where [CLS] scores higher, if the data has such questions', () => {
    const scores = [
      [5, 0, 0, 1, 0, 0, 0, 0],
      [5, 0, 0, 1, 0, 0, 0, 0],
    ] as const
    expect(predicted([window(q), ...scores])).toBe('w0')
    expect(predicted([window(question([])), ...scores])).toBe('')
    // of several windows the lowest counts: one of them may well hold no answer
    const none = question([])
    expect(
      predicted(
        [window(none), ...scores],
        [window(none, 1), [0, 0, 0, 2, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 0]],
      ),
    ).toBe('w0')
  })
  it('has 30 tokens at most', () => {
    const words = Array.from({ length: 40 }, (_, i) => i)
    const long: Question = { ...q, context: words.map(() => 'w').join(' ') }
    const example: Example = {
      ...window(long),
      tokens: new Int32Array(40),
      window: {
        question: long,
        begins: Int32Array.from(words, (i) => 2 * i),
        ends: Int32Array.from(words, (i) => 2 * i + 1),
        central: new Uint8Array(40).fill(1),
      },
    }
    const at = (...places: number[]) => words.map((i) => (places.includes(i) ? 1 : 0))
    expect(predicted([example, at(0), at(29)])?.split(' ')).toHaveLength(30)
    // 31 tokens: no answer with both
    expect(predicted([example, at(0), at(30)])?.split(' ')).not.toHaveLength(31)
  })
})
