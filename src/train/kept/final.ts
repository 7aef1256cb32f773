/**
 * What a run keeps at its end besides the final table: `answers/` (answer-book.ts), and `final.json` with the
 * agreement of students and teachers and the time that it and the final scores took.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Lesson, originalOf } from '../../check/distillation.ts'
import type { Program } from '../../check/program.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { removeAll } from '../../disk/whole-files.ts'
import { fileText } from '../../files/regular-file.ts'
import type { RunFolder } from '../run-folder.ts'
import type { Agreement } from './agreement.ts'

/** An `Agreement`, as files have it. */
export const agreementSchema = z.object({
  student: z.string(),
  teacher: z.string(),
  data: z.string(),
  split: z.string(),
  examples: z.number(),
  rows: z.array(z.string()),
  columns: z.array(z.string()),
  values: z.array(z.array(z.number().nullable())),
})

const agreement: z.ZodType<Agreement> = agreementSchema

const schema = z.object({
  version: z.literal(1),
  agreement: z.array(agreement),
  /** Seconds of the final scores, latencies included, and of the agreement. */
  scoring_seconds: z.number(),
  agreement_seconds: z.number(),
})
export type FinalFile = z.infer<typeof schema>

const fileOf = (folder: string): string => join(folder, 'final.json')

export function writeFinal({ path, disk }: RunFolder, file: Omit<FinalFile, 'version'>): void {
  writeAtomically(fileOf(path), [Buffer.from(`${JSON.stringify({ version: 1, ...file })}\n`)], disk)
}

/** Undefined if the run is not finished, or older, or the file is damaged. */
export function readFinal(folder: string): FinalFile | undefined {
  if (!existsSync(fileOf(folder))) return undefined
  try {
    return schema.safeParse(JSON.parse(fileText(fileOf(folder)))).data
  } catch {
    return undefined
  }
}

/** A resumed run is no longer finished. */
export function removeFinal({ path, disk }: RunFolder): void {
  removeAll(fileOf(path), disk)
  removeAll(join(path, 'answers'), disk)
}

/** Lessons by the models that are scored: a copy is scored as its original. */
export function scoredLessons(program: Program, lessons: readonly Lesson[]): Lesson[] {
  return lessons.map((lesson) => ({ ...lesson, teacher: originalOf(program, lesson.teacher) }))
}
