/** The texts that a report shows: those that say most of how a student differs from its teacher. */
import type { AnswersData } from '../schema.ts'
import type { RunFacts } from './facts.ts'
import type { AnsweredItems, ItemAnswers } from './items.ts'
import { shortened, type Texts } from './texts.ts'

/** Of each kind. */
const most = 12

type Shown = AnswersData['texts']['lost'][number]

/**
 * `lost` and `gained`: the surest answers first; `inherited`: the same mistake, by the less sure of both.
 * Empty without a teacher on the same data.
 */
export function shownTexts({ main }: RunFacts, items: AnsweredItems, texts: Texts): AnswersData['texts'] {
  const student = items.models.find(({ name }) => name === main?.model)
  const teacher = items.models.find(({ name }) => name === main?.teacher)
  if (!student || !teacher) return { lost: [], gained: [], inherited: [], furthest: [] }
  const all = Array.from({ length: items.count }, (_, i) => i)
  const sure = (i: number): number => student.probability[i] ?? 0
  const both = (i: number): number => Math.min(sure(i), teacher.probability[i] ?? 0)
  const distances = student.distance?.teacher === teacher.name ? student.distance.values : []
  const away = (i: number): number => distances[i] ?? 0
  const chosen = (those: (i: number) => boolean, by: (i: number) => number): Shown[] =>
    all
      .filter(those)
      .sort((a, b) => by(b) - by(a))
      .slice(0, most)
      .flatMap((i) => shown(items, [student, teacher], i, texts) ?? [])
  return {
    lost: chosen((i) => teacher.right[i] === true && student.right[i] === false, sure),
    gained: chosen((i) => teacher.right[i] === false && student.right[i] === true, sure),
    inherited: chosen(
      (i) => !teacher.right[i] && !student.right[i] && student.answer[i] === teacher.answer[i],
      both,
    ),
    furthest: chosen((i) => away(i) > 0, away),
  }
}

function shown(
  items: AnsweredItems,
  models: readonly ItemAnswers[],
  item: number,
  texts: Texts,
): Shown | undefined {
  const { file, labels, actual, places, data } = items
  const place = places[item]
  if (place === undefined) return undefined
  const path = file.files[file.file?.[place.text] ?? 0] ?? ''
  const line = file.line[place.text] ?? 0
  const row = texts.row(data, path, line)
  const word = place.word === undefined ? undefined : row?.words?.[place.word]
  const labelled = (index: number): string => {
    const name = labels[index] ?? ''
    return word === undefined ? name : `${word}: ${name}`
  }
  const answered = (model: ItemAnswers): string => {
    if (items.unit !== 'questions') return labels[model.answer[item] ?? -1] ?? ''
    const own = file.models[model.name]
    const [begin = 0, stop = 0] = [own?.begin?.[item], own?.stop?.[item]]
    const text = row?.question?.context.slice(begin, stop)
    return text === undefined ? `characters ${begin} to ${stop}` : shortened(text, 120)
  }
  const [first, second] = row?.question
    ? [row.question.question, row.question.context]
    : row?.words
      ? [row.words.join(' ')]
      : (row?.texts ?? [])
  const label =
    items.unit === 'questions'
      ? shortened(
          [...new Set(row?.question?.answers.map(({ text }) => text))].join(' / ') || 'no answer',
          120,
        )
      : labelled(actual[item] ?? -1)
  return {
    ...(first === undefined ? {} : { text: shortened(first) }),
    ...(second === undefined ? {} : { second: shortened(second) }),
    file: path,
    line,
    label: row === undefined && items.unit === 'questions' ? '' : label,
    answers: models.map((model) => ({
      model: model.name,
      label: answered(model),
      probability: model.probability[item] ?? 0,
    })),
  }
}
