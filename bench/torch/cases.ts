/** The training steps that are compared with PyTorch: shapes as in its loops. */
export interface Case {
  /** What steps.py calls it. */
  readonly loop: string
  readonly spec: string
  readonly stage: string
  readonly batch: number
  readonly length: number
  readonly vocabulary: number
  readonly classes: number
  /** Whether tokens are masked. */
  readonly masked: boolean
  /** Steps of one run, after one to warm up. */
  readonly steps: number
}

const published = { stage: 'steps', length: 128, classes: 2, steps: 3 }
const small = {
  spec: 'small',
  batch: 32,
  length: 15,
  vocabulary: 8000,
  classes: 26,
  masked: false,
  steps: 60,
}

export const cases = {
  tinybert: { ...published, loop: 'tinybert', spec: 'tinybert', batch: 32, vocabulary: 30522, masked: false },
  distilbert: {
    ...published,
    loop: 'distilbert',
    spec: 'distilbert',
    batch: 16,
    vocabulary: 30522,
    masked: true,
  },
  albert: { ...published, loop: 'albert', spec: 'albert', batch: 16, vocabulary: 30000, masked: true },
  'demo-teacher': { ...small, loop: 'demo-teacher', stage: 'demo_teacher' },
  'demo-student': { ...small, loop: 'demo-student', stage: 'demo_student' },
} as const satisfies { readonly [name: string]: Case }
export type CaseName = keyof typeof cases
