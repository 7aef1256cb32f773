import { extremeAlong } from './support/extremes.ts'

export const min = extremeAlong('min', Math.min)
