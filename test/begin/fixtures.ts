/** Small data sets of each format, written into a folder, and what stands for the clock of a machine. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Timing } from '../../src/begin/speed.ts'

/** A machine on which a step of a teacher takes 20 ms and one of a student 5 ms. */
export const machine: Timing = {
  fixed: 6,
  stages: new Map([
    ['learn', { step: 0.02, stepsPerEpoch: 20 }],
    ['student_alone', { step: 0.005, stepsPerEpoch: 20 }],
    ['distil', { step: 0.01, stepsPerEpoch: 20 }],
  ]),
  backend: 'reference',
  slowdown: 1,
}

const people = ['Ada', 'Emmy', 'Grace', 'Sofia', 'Mary', 'Rosa']
const places = ['Paris', 'Rome', 'Lagos', 'Lima', 'Oslo', 'Quito', 'Hanoi']
const things = ['song', 'book', 'film', 'table', 'ticket', 'taxi']

/** Different sentences with a topic for each. */
export function sentences(count: number): { text: string; topic: string; person: string; place: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const [person = '', place = '', thing = ''] = [people[i % 6], places[i % 7], things[(i * 5) % 6]]
    const topic = ['travel', 'music', 'weather'][i % 3] ?? ''
    const verb = { travel: 'book a trip with', music: 'play a tune about', weather: 'will it rain on' }[topic]
    return { text: `${verb} ${person} and the ${thing} near ${place} number ${i}`, topic, person, place }
  })
}

const rows = sentences(60)
const tsv = (lines: readonly (readonly string[])[]): string =>
  lines.map((line) => `${line.join('\t')}\n`).join('')

const conll = (some: typeof rows): string =>
  some
    .map(
      ({ person, place }) => `${person}\tB-person\nLovelace\tI-person\nlives\tO\nin\tO\n${place}\tB-place\n`,
    )
    .join('\n')

/** Files by path; a folder of each data set. */
export const dataSets: Readonly<Record<string, string | Buffer>> = {
  'classes/train.tsv': tsv([['sentence', 'label'], ...rows.map(({ text, topic }) => [text, topic])]),
  'classes/dev.tsv': tsv([
    ['sentence', 'label'],
    ...rows.slice(0, 9).map(({ text, topic }) => [text, topic]),
  ]),
  ...Object.fromEntries(
    rows.flatMap(({ text, topic }, i) => [
      [
        `films/${i % 5 === 0 ? 'test' : 'train'}/${topic === 'music' ? 'pos' : 'neg'}/${i}.txt`,
        `${text}\nand more\n`,
      ],
      [`newsgroups/${topic}/${1000 + i}`, text],
    ]),
  ),
  'films/README': 'films that people rated',
  'films/train/unsup/0.txt': 'a film without a rating',
  'films/train/urls.txt': 'https://example.org/1',
  'no-header/all.csv': rows.map(({ text, topic }, i) => `${i},${topic},"${text}, please"\n`).join(''),
  'numbers/reviews-train.csv.gz': gzipSync(
    `review,stars\n${rows.map(({ text }, i) => `${text},${(i % 9) / 2}\n`).join('')}`,
  ),
  'prices.csv': `text,price\n${rows.map(({ text }, i) => `${text},${1000 + (i % 30) * 10.5}\n`).join('')}`,
  'pairs/train.jsonl': rows
    .map(
      ({ text, place }, i) =>
        `${JSON.stringify({ id: i, premise: text, hypothesis: `it is about ${place}`, gold_label: ['yes', 'no'][i % 2] })}\n`,
    )
    .join(''),
  'tags/train.conll': conll(rows),
  'tags/valid.conll': conll(rows.slice(0, 9)),
  'lists/train.jsonl': rows
    .map(
      ({ person, place }) =>
        `${JSON.stringify({ tokens: [person, 'visits', place], ner_tags: ['B-person', 'O', 'B-place'] })}\n`,
    )
    .join(''),
  'questions/train.json': JSON.stringify({
    version: '1.1',
    data: [
      {
        title: 'a',
        paragraphs: rows.map(({ text, place }, i) => ({
          context: text,
          qas: [
            {
              id: `${i}`,
              question: 'near which town?',
              answers: [{ text: place, answer_start: text.indexOf(place) }],
            },
          ],
        })),
      },
    ],
  }),
  'lines/texts.txt': rows.map(({ text }) => `${text}\n`).join(''),
  'folder/one.txt': rows
    .slice(0, 30)
    .map(({ text }) => `${text}\n`)
    .join(''),
  'folder/two.txt': rows
    .slice(30)
    .map(({ text }) => `${text}\n`)
    .join(''),
  'tabs/messages': tsv(rows.map(({ text }, i) => [i % 2 ? 'ham' : 'spam', text])),
}

export function writeDataSets(folder: string): void {
  for (const [name, content] of Object.entries(dataSets)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
}
