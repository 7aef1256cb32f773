/** The rows of the study: which spec with which settings, what has to be there first, and on which data sets. */

export const dataSets = ['snips', 'clinc150', 'wnut17', 'amazon-ratings', 'xquad-part'] as const
export type DataSet = (typeof dataSets)[number]

export interface Row {
  readonly name: string
  /** In the tables. */
  readonly title: string
  /** Of bench/study, without its ending. */
  readonly spec: string
  readonly settings?: Readonly<Record<string, string>>
  readonly stages?: readonly string[]
  /** The model that the row is about. */
  readonly model: 'T' | 'S'
  /** Rows of the same seed (and data set) whose weights it begins from. */
  readonly needs?: readonly string[]
  /** Once a seed, for all data sets: pre-training. */
  readonly shared?: true
  /** Scores what the weights are at the start, and trains nothing. */
  readonly untrained?: true
  /** Only these data sets. */
  readonly sets?: readonly DataSet[]
}

const pretraining: readonly Row[] = [
  { name: 'pretrain', title: 'teacher, pre-training', spec: 'pretrain', model: 'T', shared: true },
  {
    name: 'adapt',
    title: "teacher, pre-training on the tasks' texts",
    spec: 'adapt',
    model: 'T',
    needs: ['pretrain'],
    shared: true,
  },
  {
    name: 'distilbert-general',
    title: 'DistilBERT, pre-training',
    spec: 'distilbert-general',
    model: 'S',
    needs: ['adapt'],
    shared: true,
  },
  {
    name: 'tinybert-general',
    title: 'TinyBERT, general stage',
    spec: 'tinybert-general',
    model: 'S',
    needs: ['adapt'],
    shared: true,
  },
]

const students: readonly Row[] = [
  { name: 'teacher', title: 'teacher', spec: 'teacher', model: 'T', needs: ['adapt'] },
  { name: 'alone-3', title: '3 layers of 128 alone', spec: 'alone', model: 'S' },
  {
    name: 'distilbert-direct',
    title: 'DistilBERT: on the task alone',
    spec: 'distilbert-direct',
    model: 'S',
    needs: ['teacher'],
  },
  {
    name: 'distilbert-labels',
    title: 'DistilBERT: pre-trained, then labels',
    spec: 'distilbert',
    settings: { imitation: '0' },
    model: 'S',
    needs: ['teacher', 'distilbert-general'],
  },
  {
    name: 'distilbert',
    title: 'DistilBERT: pre-trained, then labels and teacher',
    spec: 'distilbert',
    model: 'S',
    needs: ['teacher', 'distilbert-general'],
  },
  {
    name: 'alone-2',
    title: '2 layers of 64 alone',
    spec: 'alone',
    settings: { depth: '2', width: '64', rate: '2e-3', length: '3_000 steps' },
    model: 'S',
  },
  {
    name: 'tinybert-answers',
    title: 'TinyBERT: answers alone',
    spec: 'tinybert-direct',
    settings: { length: '3_000 steps' },
    stages: ['prediction'],
    model: 'S',
    needs: ['teacher'],
  },
  {
    name: 'tinybert-direct',
    title: 'TinyBERT: layers, answers',
    spec: 'tinybert-direct',
    model: 'S',
    needs: ['teacher'],
  },
  {
    name: 'tinybert',
    title: 'TinyBERT: general, layers, answers',
    spec: 'tinybert',
    model: 'S',
    needs: ['teacher', 'tinybert-general'],
  },
]

/** Answers are places in their text, so XQuAD's texts stay as they are (E0860). */
const augmentable: readonly DataSet[] = ['snips', 'clinc150', 'wnut17', 'amazon-ratings']
const augmented: readonly Row[] = [
  {
    name: 'tinybert-direct-augmented',
    title: 'TinyBERT: layers, answers, augmented',
    spec: 'tinybert-direct-augmented',
    model: 'S',
    needs: ['teacher'],
    sets: augmentable,
  },
  {
    name: 'tinybert-augmented',
    title: 'TinyBERT: general, layers, answers, augmented',
    spec: 'tinybert-augmented',
    model: 'S',
    needs: ['teacher', 'tinybert-general'],
    sets: augmentable,
  },
]

/** ALBERT's table: how many groups of layers share their attention and their feed-forward part, and how wide the embedding is. */
const sharing = [
  { shared: 'all', attention: '1', ffn: '1' },
  { shared: 'attention', attention: '1', ffn: '6' },
  { shared: 'feed-forward', attention: '6', ffn: '1' },
  { shared: 'none', attention: '6', ffn: '6' },
]
const albert = ['32', '128'].flatMap((width) =>
  sharing.map(({ shared, attention, ffn }): readonly Row[] => {
    const settings = { attention, ffn, width }
    const suffix = `${attention}-${ffn}-${width}`
    const title = `embedding of ${width}, shared: ${shared}`
    const before = `albert-pretrain-${suffix}`
    return [
      {
        name: before,
        title: `ALBERT, pre-training, ${title}`,
        spec: 'albert-pretrain',
        settings,
        model: 'S',
        shared: true,
      },
      {
        name: `albert-${suffix}`,
        title,
        spec: 'albert',
        settings,
        model: 'S',
        needs: [before],
      },
    ]
  }),
)

const factorized = ['embedding', 'ffn'].flatMap((part) =>
  ['64', '32', '16'].flatMap((rank): readonly Row[] => {
    const row = {
      title: `${part === 'ffn' ? 'feed-forward' : part}, rank ${rank}`,
      spec: `svd-${part}`,
      settings: { rank },
      model: 'S',
      needs: ['teacher'],
    } as const
    return [
      { ...row, name: `svd-${part}-${rank}-untrained`, untrained: true },
      { ...row, name: `svd-${part}-${rank}` },
    ]
  }),
)

/** The groups of rows as the tables show them. */
export const groups = { pretraining, students, augmented, albert: albert.flat(), factorized }
export const rows: readonly Row[] = Object.values(groups).flat()

export interface Job {
  readonly row: Row
  readonly seed: number
  /** Absent where the row is once a seed. */
  readonly set?: DataSet
}

/** `0/snips/teacher`, `0/pretrain`: also the run's folder under bench/study/runs. */
export function jobName({ row, seed, set }: Job): string {
  return [seed, ...(set === undefined ? [] : [set]), row.name].join('/')
}

/** Names of the jobs that have to be finished before this one. */
export function neededBy({ row, seed, set }: Job): string[] {
  return (row.needs ?? []).map((name) => {
    const needed = rows.find((one) => one.name === name)
    if (needed === undefined) throw new Error(`no row ${name}`)
    return jobName({ row: needed, seed, ...(needed.shared || set === undefined ? {} : { set }) })
  })
}

/** The data sets in which models differ most before those in which they hardly do; the last one's texts are the longest. */
const tellingFirst: readonly DataSet[] = ['clinc150', 'wnut17', 'amazon-ratings', 'snips', 'xquad-part']

/**
 * All jobs, so that wherever the study is cut off a table can be read: two data sets of the first seed in every row; the students everywhere, for the
 * other seeds one data set after the other; what is left, the dearest last. What is once a seed comes before the first row that needs it.
 */
export function allJobs(seeds: number): Job[] {
  const jobs = new Map<string, Job>()
  const add = (job: Job): void => {
    for (const name of job.row.needs ?? []) {
      const row = rows.find((one) => one.name === name)
      if (row?.shared) add({ row, seed: job.seed })
    }
    jobs.set(jobName(job), job)
  }
  const addRows = (own: readonly Row[], seed: number, sets: readonly DataSet[]): void => {
    for (const row of own.filter(({ shared }) => !shared))
      for (const set of sets) if (!row.sets || row.sets.includes(set)) add({ row, seed, set })
  }
  addRows(rows, 0, dataSets.slice(0, 2))
  addRows(students, 0, tellingFirst.slice(0, 3))
  const [dearest, ...cheaper] = tellingFirst.toReversed()
  for (const set of cheaper.toReversed())
    for (let seed = 1; seed < seeds; seed++) addRows(students, seed, [set])
  for (const own of [factorized, albert.flat(), augmented])
    for (let seed = 0; seed < seeds; seed++) addRows(own, seed, cheaper)
  for (const own of [students, factorized, albert.flat()])
    for (let seed = 0; seed < seeds; seed++) if (dearest) addRows(own, seed, [dearest])
  return [...jobs.values()]
}

/** The command of a job, as a person would give it. */
export function commandOf(job: Job): string[] {
  const { row, seed, set } = job
  const settings = { ...(set === undefined ? {} : { data: set }), ...usesRuns(row, seed), ...row.settings }
  const set_ = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const spec = `bench/study/${row.spec}.distill`
  if (row.untrained) return ['eval', spec, '--data', 'labelled', ...set_, '--seed', String(seed)]
  const stages = (row.stages ?? []).flatMap((stage) => ['--stage', stage])
  return [
    'train',
    spec,
    ...set_,
    ...stages,
    '--seed',
    String(seed),
    '--out',
    `bench/study/runs/${jobName(job)}`,
  ]
}

function usesRuns({ needs, spec }: Row, seed: number): { runs?: string } {
  return needs || spec === 'teacher' ? { runs: `runs/${seed}` } : {}
}
