/** Reads `answers/BLOCK.SPLIT.json` (answer-book.ts). */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { fileText } from '../../files/regular-file.ts'

const numbers = z.array(z.number())
/** JSON has no NaN. */
const values = z.array(z.number().nullable())

const schema = z.object({
  version: z.literal(1),
  data: z.string(),
  split: z.enum(['train', 'validation', 'test']),
  kind: z.enum(['class', 'number', 'tags', 'span']),
  labels: z.array(z.string()).optional(),
  /** Examples of the split, and those of them that `max_length` cut. */
  total: z.number(),
  cut: z.number(),
  files: z.array(z.string()),
  /** Indices into `files`; absent if there is one. */
  file: numbers.optional(),
  line: numbers,
  /** Class or tag indices, or numbers; of tags all words, one sentence after another. */
  actual: numbers.optional(),
  /** Words of each sentence. */
  lengths: numbers.optional(),
  models: z.record(
    z.string(),
    z.object({
      answer: values.optional(),
      probability: values.optional(),
      f1: numbers.optional(),
      exact: numbers.optional(),
      begin: numbers.optional(),
      stop: numbers.optional(),
      distance: z.object({ teacher: z.string(), values }).optional(),
    }),
  ),
})
export type AnswerFile = z.infer<typeof schema>

/** Of a run's folder, in the order of their names. Damaged files are left out. */
export function readAnswers(folder: string): AnswerFile[] {
  const path = join(folder, 'answers')
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      try {
        return schema.safeParse(JSON.parse(fileText(join(path, name)))).data ?? []
      } catch {
        return []
      }
    })
}
