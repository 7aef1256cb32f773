import { extremeAlong } from './support/extremes.ts'

export const max = extremeAlong('max', Math.max)
