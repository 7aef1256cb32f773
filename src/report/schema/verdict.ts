/** What is said of a run: the verdict, what to try next, and how to do it again. */
import { z } from 'zod'
import { rich } from './values.ts'

const check = z.object({ kind: z.enum(['fine', 'look']), title: rich, evidence: rich })

export const verdict = z.object({
  /** One sentence: what the student keeps of its teacher, and what it saves. */
  headline: rich,
  /** One to three sentences: against the student alone, against the baseline, what was lost. */
  lede: rich,
  checks: z.array(check),
})

export const next = z.object({
  title: rich,
  /** The evidence, from this run's own numbers. */
  why: rich,
  /** A change of the spec that was checked by the compiler; absent where the advice is a command. */
  diff: z
    .object({
      file: z.string(),
      lines: z.array(z.object({ kind: z.enum(['same', 'added', 'removed']), text: z.string() })),
    })
    .optional(),
  command: z.string().optional(),
})

export const again = z.object({
  command: z.string(),
  texts: z.record(z.string(), z.string()),
  files: z.array(z.object({ name: z.string(), hash: z.string(), note: z.string().optional() })),
  versions: z.record(z.string(), z.string()),
  /** What changed its bits when the run was continued. */
  inexact: z.array(z.string()).optional(),
})
