/** The questions of a SQuAD file in three parts, by paragraph: of ten, seven are for training, one for validation, two for the test. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const squad = z.object({
  data: z.array(z.looseObject({ paragraphs: z.array(z.looseObject({ context: z.string() })) })),
})

const places = { train: [0, 1, 2, 3, 4, 5, 6], validation: [7], test: [8, 9] }

/** Gives the paragraphs for training. */
export function prepareQuestions(file: string, folder: string): string[] {
  const { data } = squad.parse(JSON.parse(readFileSync(file, 'utf8')))
  const paragraphs = data.flatMap((article) => article.paragraphs)
  mkdirSync(folder, { recursive: true })
  for (const [name, kept] of Object.entries(places)) {
    const own = paragraphs.filter((_, i) => kept.includes(i % 10))
    writeFileSync(
      join(folder, `${name}.json`),
      `${JSON.stringify({ version: '1.1', data: [{ paragraphs: own }] })}\n`,
    )
  }
  return paragraphs.filter((_, i) => places.train.includes(i % 10)).map(({ context }) => context)
}
