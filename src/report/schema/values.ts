/** Values that all parts of a report have. */
import { z } from 'zod'

export const rich = z.string()
export const value = z.number().nullable()

/** A 95% interval. */
export const interval = z.object({ low: z.number(), high: z.number() })

/** Which mark and colour a model has: the student `alone` has the student's architecture and no teacher. */
export const roles = ['teacher', 'student', 'alone', 'other'] as const
