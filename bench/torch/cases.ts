/** The training steps that are compared with PyTorch: shapes as in its loops, who takes part, and how much of it is run. */

/** What stands in a row of a table. `low`: less than float32 in places. */
export interface Contestant {
  readonly label: string
  readonly precision: 'float32' | 'low'
  /** Arguments of steps.py, or of ours.ts or epoch.ts. */
  readonly flags: readonly string[]
}
export interface Own extends Contestant {
  readonly backend: string
}

interface Common {
  readonly title: string
  /** What steps.py calls it. */
  readonly loop: string
  readonly spec: string
  readonly batch: number
  readonly torch: readonly Contestant[]
  readonly own: readonly Own[]
}

/** Steps on one batch of full lengths. */
export interface StepCase extends Common {
  readonly kind: 'step'
  readonly stage: string
  readonly length: number
  readonly vocabulary: number
  readonly classes: number
  /** Whether tokens are masked. */
  readonly masked: boolean
  /** Steps of one run, after one to warm up. */
  readonly steps: number
}

/** Epochs over sentences of real lengths. */
export interface EpochCase extends Common {
  readonly kind: 'epoch'
  /** Sentences, by stage: what is done to the padding decides how long they take. */
  readonly stages: readonly { readonly stage: string; readonly examples: number }[]
  /** What the published loop pads to. */
  readonly pad: number
  /** Of the loop. */
  readonly steps: number
}

export type Case = StepCase | EpochCase

const plain: Contestant = { label: 'PyTorch', precision: 'float32', flags: [] }
const compiled: Contestant = { label: 'PyTorch, torch.compile', precision: 'float32', flags: ['--compile'] }
const bf16: Contestant = { label: 'PyTorch, bf16', precision: 'low', flags: ['--bf16'] }
const int8: Contestant = { label: 'PyTorch, int8 teacher', precision: 'low', flags: ['--int8-teacher'] }

const own = (backend: string): Own => ({ label: backend, precision: 'float32', backend, flags: [] })
const low = (backend: string, teacher: string, student: string): Own => ({
  label: `${backend}, ${teacher} teacher${student === 'float32' ? '' : `, ${student} student`}`,
  precision: 'low',
  backend,
  flags: ['--teacher-precision', teacher, '--student-precision', student],
})
/** What stands against PyTorch in low precision. */
const lows = [
  low('onnxruntime', 'int8', 'float32'),
  low('native', 'int8', 'float32'),
  low('native', 'int8', 'bf16'),
  low('native', 'bf16', 'bf16'),
]
const published = { kind: 'step', stage: 'steps', length: 128, classes: 2, steps: 3 } as const
const small = {
  kind: 'step',
  spec: 'small',
  batch: 32,
  length: 15,
  vocabulary: 8000,
  classes: 26,
  masked: false,
  steps: 1000,
  torch: [plain, compiled],
  own: [own('onnxruntime'), own('native'), own('wasm')],
} as const

export const cases: { readonly [name: string]: Case } = {
  tinybert: {
    ...published,
    title: '(a) TinyBERT-4, intermediate layers, 32 x 128',
    loop: 'tinybert',
    spec: 'tinybert',
    batch: 32,
    vocabulary: 30522,
    masked: false,
    torch: [plain, compiled, bf16, int8],
    own: [own('onnxruntime'), own('native'), ...lows],
  },
  distilbert: {
    ...published,
    title: '(b) DistilBERT, pre-training, 16 x 128',
    loop: 'distilbert',
    spec: 'distilbert',
    batch: 16,
    vocabulary: 30522,
    masked: true,
    steps: 2,
    torch: [plain, compiled, bf16, int8],
    own: [own('onnxruntime'), own('native'), ...lows],
  },
  albert: {
    ...published,
    title: '(c) ALBERT-base, embedding of 128, one layer for all, masked language model, 16 x 128',
    loop: 'albert',
    spec: 'albert',
    batch: 16,
    vocabulary: 30000,
    masked: true,
    steps: 2,
    torch: [plain, compiled, bf16],
    own: [own('onnxruntime'), own('native')],
  },
  'demo-teacher': {
    ...small,
    title: "(d) a model of the demo's size, 2 layers of 128, 32 x 15",
    loop: 'demo-teacher',
    stage: 'demo_teacher',
  },
  'demo-student': {
    ...small,
    title: '(d) 1 layer of 48, distilled from it, 32 x 15',
    loop: 'demo-student',
    stage: 'demo_student',
  },
  clinc: {
    kind: 'epoch',
    title: "(e) real lengths: TinyBERT-4's intermediate layers on clinc150, batches of 32",
    loop: 'tinybert-epoch',
    spec: 'clinc',
    batch: 32,
    pad: 64,
    steps: 7,
    stages: [
      { stage: 'attended', examples: 15_000 },
      { stage: 'published', examples: 192 },
    ],
    torch: [plain, compiled, bf16, int8],
    own: [own('onnxruntime'), own('native'), ...lows],
  },
}
