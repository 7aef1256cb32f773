/**
 * The sentence of the context that shares most words with the question (the simplest part of the sliding
 * window of Rajpurkar et al. 2016, section 5), and where the training data has questions without an answer,
 * none for every question. The first needs no training, and its F1 is what finding the right place gives.
 */
import type { Question } from '../../data/read-squad.ts'
import { wordsOf } from '../../data/words.ts'
import type { Baseline, BaselineParts, DataPart } from './baseline.ts'

export function spanBaselines({ train, held }: BaselineParts): readonly Baseline<'span'>[] {
  const asked = questionsOf(held)
  const actual = asked.map(({ answers }) => answers.map(({ text }) => text))
  const answers = (predicted: readonly string[]): Baseline<'span'>['answers'] => {
    return { kind: 'span', predicted, actual }
  }
  const sentence = { name: 'sentence nearest the question', answers: answers(asked.map(nearestSentence)) }
  const withNone = questionsOf(train).some(({ answers: known }) => known.length === 0)
  return withNone ? [{ name: 'no answer', answers: answers(asked.map(() => '')) }, sentence] : [sentence]
}

/** Each question once, whatever the number of its windows. */
function questionsOf({ examples }: DataPart): readonly Question[] {
  return [...new Set(examples.flatMap(({ window }) => window?.question ?? []))]
}

/** The first of several. Without the full stop, as answers are. */
export function nearestSentence({ question, context }: Pick<Question, 'question' | 'context'>): string {
  const asked = new Set(wordsOf(question))
  let [best, most] = ['', -1]
  for (const sentence of context.split(/(?<=[.!?])\s+/u)) {
    const common = new Set(wordsOf(sentence).filter((word) => asked.has(word))).size
    if (common > most) [best, most] = [sentence, common]
  }
  return best.replace(/[.!?]+$/u, '')
}
