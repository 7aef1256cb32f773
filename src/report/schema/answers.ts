/** The single answers of models. */
import { z } from 'zod'
import { roles, value } from './values.ts'

const answersOfModel = z.object({
  model: z.string(),
  role: z.enum(roles),
  /** By class. */
  recall: z.array(value),
  precision: z.array(value),
  /** [true class][answer] in texts (words for tags). Empty for questions, and beyond 100 classes. */
  confusion: z.array(z.array(z.number())),
  /** Ten bins of confidence: number of answers, their mean confidence, the share that is right. */
  bins: z.array(z.object({ count: z.number(), confidence: z.number(), right: z.number() })),
  /** Expected calibration error over these bins (Guo et al. 2017). */
  calibration_error: value,
  /** Share of texts with the teacher's answer. */
  same_as_teacher: z.number().optional(),
})

/** Texts that two models answer rightly or not, with McNemar's exact test. */
const pair = z.object({
  a: z.string(),
  b: z.string(),
  both: z.number(),
  only_a: z.number(),
  only_b: z.number(),
  neither: z.number(),
  /** Of neither: both with the same answer. */
  neither_same: z.number(),
  p: z.number(),
})

const shownText = z.object({
  /** Absent where the run keeps no texts (`--no-texts`): then `line` says where it is. */
  text: z.string().optional(),
  second: z.string().optional(),
  file: z.string(),
  line: z.number(),
  label: z.string(),
  answers: z.array(z.object({ model: z.string(), label: z.string(), probability: z.number() })),
})

export const answers = z.object({
  data: z.string(),
  split: z.string(),
  /** What is counted: texts, words (tags) or questions. */
  unit: z.enum(['texts', 'words', 'questions']),
  count: z.number(),
  /** Empty for questions. */
  labels: z.array(z.string()),
  /** Number of each class. */
  support: z.array(z.number()),
  models: z.array(answersOfModel),
  pairs: z.array(pair),
  /** `lost`: teacher right, student wrong; `gained`; `inherited` mistakes; `furthest` from the teacher. */
  texts: z.object({
    lost: z.array(shownText),
    gained: z.array(shownText),
    inherited: z.array(shownText),
    furthest: z.array(shownText),
  }),
})

/** Answers that are numbers: predicted against actual. */
export const numbers = z.object({
  data: z.string(),
  split: z.string(),
  count: z.number(),
  models: z.array(
    z.object({
      model: z.string(),
      role: z.enum(roles),
      /** At most 500 points, [actual, predicted]. */
      points: z.array(z.tuple([z.number(), z.number()])),
    }),
  ),
})
