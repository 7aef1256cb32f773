/** Reports of any size, made from a seed: what the pictures and the page are tested with. */
import type { ReportData, Role, RunData, StageData, SweepData } from '../../src/report/schema.ts'

export interface Size {
  readonly teacherLayers: number
  readonly studentLayers: number
  readonly classes: number
  readonly stages: number
  readonly terms: number
  /** Logged intervals of a stage. */
  readonly rows: number
  readonly evaluations: number
  /** Shown texts of each list. */
  readonly texts: number
  readonly runs: number
  /** Settings of the sweep, 0 for none, and seeds. */
  readonly settings: number
  readonly seeds: number
  /** Processes that trained together; 0 for one alone. */
  readonly ranks: number
  readonly numbers: boolean
  /** What answers are: a class for each text, a tag for each word, or a part of a text. */
  readonly task: 'classes' | 'tags' | 'spans'
  /** Names and texts that a page must escape, or that are longer than their place. */
  readonly hostile: boolean
  /** Missing and unusable values among the rows. */
  readonly gaps: boolean
}

export const usual: Size = {
  teacherLayers: 3,
  studentLayers: 1,
  classes: 24,
  stages: 3,
  terms: 1,
  rows: 188,
  evaluations: 5,
  texts: 6,
  runs: 1,
  settings: 0,
  seeds: 1,
  ranks: 0,
  numbers: false,
  task: 'classes',
  hostile: false,
  gaps: false,
}

/** Mulberry32, from 0 to 1. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const hostileText =
  '<script>alert("1")</script> & "quoted" \'single\' \u{1f600}\u0000\ud800 \u05e9\u05dc\u05d5\u05dd \u202eabc '
const glosses = [
  'a group of journalists representing different publications who all cover the same topics',
  'the audience gathered together in a theatre or cinema',
  'a naked swim',
  'a dry dehiscent fruit that at maturity splits into two or more parts each with a single seed',
  'an act passed by a legislative body',
  'a pair of people who live together',
]
const lexical =
  'person artifact plant animal act communication state location attribute cognition substance food group body object quantity possession event time phenomenon process relation feeling shape'.split(
    ' ',
  )

const entities = 'O B-person I-person B-place I-place B-organisation I-organisation'.split(' ')

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

export function synthetic(size: Partial<Size> = {}, seed = 1): ReportData {
  const all = { ...usual, ...size }
  return {
    version: 1,
    title: all.hostile ? hostileText : 'demo, seed 0: S keeps 98.5% of T',
    runs: range(all.runs).map((i) => runOf(all, seed + i, i)),
    ...(all.settings > 0 || all.seeds > 1 ? { sweep: sweepOf(all, seed) } : {}),
    ...(all.runs > 1 ? { comparison: comparisonOf(all) } : {}),
  }
}

function runOf(size: Size, seed: number, index: number): RunData {
  const random = randomOf(seed)
  const name = (plain: string): string => (size.hostile ? `${plain}<b>&"${'long'.repeat(12)}` : plain)
  const [S, T, A] = [name('S'), name('T'), name('A')]
  const labels = range(size.task === 'spans' ? 0 : size.classes).map((i) =>
    size.task === 'tags'
      ? (entities[i] ?? `I-${i}`)
      : size.hostile && i % 3 === 0
        ? `${hostileText}${i}`
        : (lexical[i] ?? `class ${i + 1}`),
  )
  const isSpan = size.task === 'spans'
  const support = labels.map((_, i) => Math.max(i === size.classes - 1 ? 0 : 1, Math.round(576 * 0.86 ** i)))
  const count = isSpan ? 1200 : support.reduce((a, b) => a + b, 0)
  const head = isSpan ? 'qa' : 'task'
  const metric = metricOf(size)
  const shareOf = { [T]: 0.783, [S]: 0.772 - 0.01 * index, [A]: 0.724 }
  const roleOf: Record<string, Role> = { [T]: 'teacher', [S]: 'student', [A]: 'alone' }
  const models = [T, A, S].map((model) => {
    const role = roleOf[model] ?? 'other'
    const layers = role === 'teacher' ? size.teacherLayers : size.studentLayers
    const units = role === 'teacher' ? 192 : 32
    const parts = [
      {
        path: 'embedding.word',
        title: 'word embedding',
        parameters: 8000 * units,
        kind: 'embedding' as const,
      },
      { path: 'embedding.position', title: 'positions', parameters: 64 * units, kind: 'embedding' as const },
      ...range(layers).flatMap((i) => [
        {
          path: `layer[${i + 1}].attention`,
          title: `layer ${i + 1} attention`,
          parameters: 4 * units * (units + 1),
          kind: 'layer' as const,
        },
        {
          path: `layer[${i + 1}].ffn`,
          title: `layer ${i + 1} ffn`,
          parameters: 8 * units * units + 5 * units,
          kind: 'layer' as const,
        },
      ]),
      { path: 'task', title: 'task', parameters: (units + 1) * size.classes, kind: 'head' as const },
    ]
    const parameters = parts.reduce((sum, part) => sum + part.parameters, 0)
    const layerSize = 12 * units * units + 9 * units
    return {
      name: model,
      model: name(role === 'teacher' ? 'small_bert' : 'tiny_bert'),
      role,
      trained: true,
      parameters,
      bytes: parameters * 4,
      latency_ms: role === 'teacher' ? 1.09 : 0.08,
      data: 'glosses',
      split: 'test',
      metrics: {
        [metric]: shareOf[model] ?? null,
        [isSpan ? 'exact_match' : 'macro_f1']: (shareOf[model] ?? 0) - 0.17,
      },
      interval: { low: (shareOf[model] ?? 0) - 0.013, high: (shareOf[model] ?? 0) + 0.013 },
      note: `${layers} layer${layers === 1 ? '' : 's'} of ${units}, ${units / 16} heads`,
      blocks: [
        { title: 'embedding', state: 'hidden[0]', parameters: 8064 * units, units },
        ...range(layers).map((i) => ({
          title: `layer ${i + 1}`,
          state: `hidden[${i + 1}]`,
          parameters: layerSize,
          units,
        })),
        { title: head, state: isSpan ? 'qa.start' : 'task.logits', parameters: (units + 1) * size.classes },
      ],
      parts,
    }
  })
  const states = (layers: number) => [
    { state: 'hidden[0]', title: 'embedding' },
    ...range(layers).map((i) => ({ state: `hidden[${i + 1}]`, title: `layer ${i + 1}` })),
    ...(isSpan
      ? [
          { state: 'qa.start', title: 'start' },
          { state: 'qa.end', title: 'end' },
        ]
      : [{ state: 'task.logits', title: 'logits' }]),
  ]
  const stages = range(size.stages).map((i) => stageOf(size, random, i, [T, A, S][i % 3] ?? S, S, T))
  const confusionOf = (model: string): number[][] =>
    support.map((n, i) => {
      const wrong = Math.round(n * (1 - (shareOf[model] ?? 0.7)) * (0.5 + random()))
      const row = labels.map(() => 0)
      for (const _ of range(Math.min(n, wrong))) {
        const at = Math.floor(random() ** 2 * labels.length)
        row[at] = (row[at] ?? 0) + 1
      }
      row[i] = (row[i] ?? 0) + n - Math.min(n, wrong)
      return row
    })
  const labelled = (i: number, before = ''): string =>
    isSpan ? (glosses[i % glosses.length] ?? '').slice(0, 30) : `${before}${labels[i % labels.length] ?? ''}`
  const text = (kind: string, i: number) => ({
    text: size.hostile ? `${hostileText}${'long '.repeat(1000)}` : (glosses[i % glosses.length] ?? ''),
    file: 'data/demo/test.tsv',
    line: 17 * i + 1,
    ...(isSpan
      ? { second: `${glosses[(i + 1) % glosses.length]}, and ${glosses[(i + 2) % glosses.length]}` }
      : {}),
    label: labelled(i, size.task === 'tags' ? 'journalists: ' : ''),
    answers: [
      {
        model: S,
        label: labelled(i + (kind === 'gained' ? 0 : 1)),
        probability: 0.5 + random() / 2,
      },
      {
        model: T,
        label: labelled(i + (kind === 'lost' ? 0 : 1)),
        probability: 0.5 + random() / 2,
      },
    ],
  })
  const texts = (kind: string) => range(size.texts).map((i) => text(kind, i))
  const scored = size.evaluations > 0
  return {
    name: index === 0 ? '2026-12-01-demo' : `2026-12-0${1 + (index % 9)}-demo-${index}`,
    folder: 'runs/2026-12-01-demo',
    spec: name('specs/demo.distill'),
    seed: index,
    settings: index === 0 ? {} : { width: String(16 * index) },
    created: '2026-12-01T11:58:02.000Z',
    finished: true,
    backend: 'onnxruntime',
    processor: '2 cores',
    metric: { name: metric, share: true, higher_is_better: true },
    models,
    baselines: [
      {
        name: 'naive Bayes on words',
        data: 'glosses',
        split: 'test',
        metrics: { [metric]: 0.65 },
      },
    ],
    verdict: {
      headline: `**${S} keeps 98.5% of its teacher\u2019s accuracy** with 10.6\u00d7 fewer parameters, and answers 14\u00d7 faster.`,
      lede: 'Distillation was worth **+4.8 points** over the same student trained on the labels: it closed **80%** of the gap to the teacher. It lost the rare classes.',
      checks: [
        {
          kind: 'fine',
          title: 'Better than the student alone',
          evidence: 'right where A is wrong on 345 texts, the reverse on 154 (p < 0.001)',
        },
        { kind: 'fine', title: 'As well calibrated as T', evidence: 'expected error 8.6%, T 8.7%, A 15.1%' },
        { kind: 'fine', title: 'Finished, no loss was infinite', evidence: '470 logged intervals, 3 stages' },
        {
          kind: 'look',
          title: 'Rare classes are lost',
          evidence: 'macro F1 58.5% against 62.7% of T; shape 50% \u2192 0%',
        },
        {
          kind: 'look',
          title: 'Nearly every step is clipped',
          evidence: 'gradient norm over `clip = 1` in 98% to 100% of intervals',
        },
        {
          kind: 'look',
          title: 'One seed',
          evidence: '\u00b11.3 points from 4,000 texts alone; seeds are not counted',
        },
      ],
    },
    architecture: {
      student: S,
      teacher: T,
      stage: stages.at(-1)?.name ?? 'distil',
      terms: range(size.terms).map((i) => ({
        name: termName(i),
        weight: i === 0 ? 1 : 0.5,
        text: i === 0 ? 'soften, temperature 2' : 'mean squared error',
      })),
      links: [
        ...(isSpan ? ['qa.start', 'qa.end'] : ['task.logits']).map((state) => ({
          term: termName(0),
          student: state,
          teacher: state,
        })),
        ...(size.terms > 1
          ? range(size.studentLayers).map((i) => ({
              term: termName(1),
              student: `hidden[${i + 1}]`,
              teacher: `hidden[${Math.round(((i + 1) * size.teacherLayers) / size.studentLayers)}]`,
            }))
          : []),
      ],
    },
    stages,
    agreement: [S, A].map((student) => ({
      student,
      teacher: T,
      data: 'glosses',
      split: 'test',
      examples: 256,
      rows: states(size.studentLayers),
      columns: states(size.teacherLayers),
      values: states(size.studentLayers).map((_, i) =>
        states(size.teacherLayers).map((_, j) =>
          size.gaps && (i + j) % 4 === 0
            ? null
            : Math.max(
                0,
                0.9 -
                  0.35 * Math.abs(i / (size.studentLayers + 1) - j / (size.teacherLayers + 1)) -
                  0.2 * random() -
                  (student === A ? 0.12 : 0),
              ),
        ),
      ),
      history: range(size.evaluations).map((i) => ({
        stage: stages.at(-1)?.name ?? '',
        step: 500 * (i + 1),
        mean: 0.5 + 0.07 * i,
      })),
    })),
    answers:
      (size.classes === 0 && !isSpan) || size.numbers || !scored
        ? []
        : [
            {
              data: 'glosses',
              split: 'test',
              unit: isSpan ? 'questions' : size.task === 'tags' ? 'words' : 'texts',
              count,
              labels,
              support,
              models: [T, A, S].map((model) => {
                const confusion = confusionOf(model)
                return {
                  model,
                  role: roleOf[model] ?? 'other',
                  recall: confusion.map((row, i) => (support[i] ? (row[i] ?? 0) / (support[i] ?? 1) : null)),
                  precision: confusion.map((row, i) => {
                    const taken = confusion.reduce((sum, other) => sum + (other[i] ?? 0), 0)
                    return taken === 0 ? null : (row[i] ?? 0) / taken
                  }),
                  confusion,
                  bins: range(10).map((i) => ({
                    count: i < 2 ? 0 : 40 * i,
                    confidence: i < 2 ? 0 : (i + 0.5) / 10,
                    right: i < 2 ? 0 : Math.max(0, (i + 0.5) / 10 - (model === A ? 0.18 : 0.08) * random()),
                  })),
                  calibration_error: model === A ? 0.151 : 0.086,
                  ...(model === T ? {} : { same_as_teacher: model === S ? 0.869 : 0.8 }),
                }
              }),
              pairs: [
                {
                  a: S,
                  b: T,
                  both: Math.round(count * 0.736),
                  only_a: Math.round(count * 0.036),
                  only_b: Math.round(count * 0.048),
                  neither: Math.round(count * 0.18),
                  neither_same: Math.round(count * 0.13),
                  p: 0.011,
                },
                {
                  a: S,
                  b: A,
                  both: Math.round(count * 0.68),
                  only_a: 345,
                  only_b: 154,
                  neither: Math.round(count * 0.2),
                  neither_same: 300,
                  p: 1e-17,
                },
              ],
              texts: {
                lost: texts('lost'),
                gained: texts('gained'),
                inherited: texts('inherited'),
                furthest: texts('furthest'),
              },
            },
          ],
    numbers: size.numbers
      ? [
          {
            data: 'sts',
            split: 'test',
            count: 1379,
            models: [T, S].map((model) => ({
              model,
              role: roleOf[model] ?? 'other',
              points: range(size.rows === 1 ? 1 : 300).map((): [number, number] => {
                const actual = 5 * random()
                return [actual, Math.max(0, actual + (random() - 0.5) * 2)]
              }),
            })),
          },
        ]
      : [],
    memory: stages.slice(0, 4).map((stage, i) => {
      const live = range(size.rows === 1 ? 1 : 240).map(
        (k) =>
          5e6 * (i === 0 ? 13 : 1) * Math.sin(((k + 1) / 241) * Math.PI) * (0.95 + 0.05 * random()) + 1e5,
      )
      const peak = Math.max(...live)
      return {
        stage: stage.name,
        live,
        peak,
        peak_at: live.indexOf(peak),
        peak_name: name('gradient of layer 3 ffn'),
        turn: Math.floor(live.length * 0.55),
        standing: peak * 0.2,
        ...(i % 2 === 0 ? { measured: peak * 1.24 } : {}),
      }
    }),
    ranks: size.ranks === 0 ? [] : stages.map(({ name: stage }, i) => ranksOf(size, stage, random, i)),
    compile: stages.slice(-2).map((stage) => compileOf(stage.name, random)),
    clock: stages.flatMap((stage, i) => [
      {
        title: `${stage.trains[0] ?? ''} in ${stage.name}`,
        kind: i === 0 ? ('teach' as const) : ('train' as const),
        seconds: stage.seconds,
      },
      ...(i === 2 ? [{ title: 'answers of T, once', kind: 'once' as const, seconds: 24 }] : []),
    ]),
    next: [
      {
        title: 'Win back the rare classes',
        why: 'process 46% \u2192 36%, feeling 53% \u2192 32%, shape 50% \u2192 0%. S never sees a label; a last, short stage with some of the labels\u2019 own loss can tell it.',
        diff: {
          file: name('specs/demo.distill'),
          lines: [
            { kind: 'same', text: 'stage distil {' },
            { kind: 'removed', text: '  minimize distilled' },
            { kind: 'added', text: '  minimize 0.7 * distilled + 0.3 * hard' },
          ],
        },
      },
      {
        title: 'Score the stage that has no score',
        why: 'Stage **distil** has no accuracy: its texts have no labels to be scored by.',
        command: 'distill eval runs/2026-12-01-demo --data glosses',
      },
    ],
    again: {
      command: 'distill train specs/demo.distill --seed 0 --backend onnxruntime',
      texts: {
        [name('specs/demo.distill')]: size.hostile ? hostileText : 'model S = tiny_bert {\n  layers = 1\n}\n',
      },
      files: [{ name: 'data/demo/train.tsv', hash: 'bdd4643c3b18e3fb', note: '20,000 examples' }],
      versions: { distill: '0.1.0', node: 'v20.20.2' },
    },
    absent: [],
  }
}

const metricOf = ({ task }: Size): string =>
  ({ classes: 'accuracy', tags: 'entity_f1', spans: 'span_f1' })[task]

export const termName = (i: number): string =>
  ['soft', 'hard', 'states', 'attention', 'values', 'embedding'][i] ?? `term ${i}`

function ranksOf(
  { ranks, hostile }: Size,
  stage: string,
  random: () => number,
  i: number,
): RunData['ranks'][number] {
  return {
    stage,
    steps: 3750,
    tokens_per_second: 12_345.6 * ranks,
    finding: `Rank 2 (${hostile ? hostileText : 'node1'}) is 31% slower than the others; they wait for it.`,
    ranks: range(ranks).map((rank) => {
      const communicating = 0.02 + 0.2 * i * random()
      const waiting = rank === 2 ? 0 : 0.2 * (0.8 + 0.4 * random())
      return {
        rank,
        host: hostile ? hostileText : `node${rank >> 1}`,
        computing: 1 - waiting - communicating,
        waiting,
        communicating,
        parts: 2,
        examples: 30_000 - rank,
      }
    }),
  }
}

function stageOf(
  size: Size,
  random: () => number,
  index: number,
  trained: string,
  S: string,
  T: string,
): StageData {
  const scored = size.evaluations > 0 && index !== 2
  const steps = Math.max(1, 20 * size.rows)
  const names = index === size.stages - 1 ? range(size.terms).map(termName) : ['learned']
  const missing = (i: number, every: number): boolean => size.gaps && i % every === every - 1
  return {
    name: size.hostile
      ? `stage_${'x'.repeat(50)}${index}`
      : (['learn', 'student_alone', 'distil'][index] ?? `stage_${index}`),
    trains: [trained],
    reads: trained === S ? [T] : [],
    data: index === 2 ? 'transfer' : 'glosses',
    steps,
    seconds: [80, 12, 14][index] ?? 9,
    ...(index === 2 ? { frozen_seconds: 24 } : {}),
    optimizer: 'adamw, 2e-3 linear, warm-up 10%',
    clip: 1,
    terms: names.map((name, i) => ({ name, weight: i === 0 ? 1 : i === 2 ? 2 : 0.5 })),
    rows: range(size.rows).map((i) => {
      const at = (i + 1) / size.rows
      const terms = Object.fromEntries(
        names.map((name, k) => [
          name,
          missing(i, 9)
            ? null
            : (size.gaps && i === 5 ? 0 : 1) *
              (3.2 / (1 + k)) *
              Math.exp(-2.4 * at) *
              (0.95 + 0.1 * random()),
        ]),
      )
      return {
        step: 20 * (i + 1),
        loss: missing(i, 7) ? null : Object.values(terms).reduce((a: number, b) => a + (b ?? 0), 0),
        terms,
        norm: missing(i, 11) ? null : 0.6 + 2.4 * Math.min(1, 4 * at) * (0.8 + 0.4 * random()),
        rate: 2e-3 * Math.min(at * 10, (1 - at) / 0.9),
        ...(i % 4 === 0 && names.length > 1
          ? { term_norms: Object.fromEntries(names.map((name) => [name, 0.4 + random()])) }
          : {}),
        clipped: 0.98,
      }
    }),
    evaluations: scored
      ? range(size.evaluations).map((i) => ({
          step: Math.round((steps * (i + 1)) / size.evaluations),
          model: trained,
          data: 'glosses',
          split: 'test',
          metrics: { [metricOf(size)]: missing(i, 3) ? null : 0.61 + 0.12 * (1 - Math.exp(-i)) },
        }))
      : [],
    step_ms:
      index === 0
        ? { low: 36.1, q1: 38.7, median: 40.4, q3: 43.6, high: 50.3 }
        : { low: 2.1, q1: 2.4, median: 2.7 + index / 10, q3: 3.4, high: 6 },
    tokens_per_second: 181_000,
    stopped_early: false,
    ...(index === 2
      ? { unscored: 'Stage **distil** has no accuracy: its texts have no labels to be scored by.' }
      : {}),
  }
}

function compileOf(stage: string, random: () => number): RunData['compile'][number] {
  const names =
    'parse check lower gather-masked-rows remove-padding hoist-frozen eliminate-common-subexpressions fuse-bias-activation donate-buffers rematerialize plan'.split(
      ' ',
    )
  let at = 0
  const spans = names.map((name, i) => {
    const ms = [23, 127, 65, 0.5, 2.5, 30, 0.3, 0.8, 5.2, 60, 26][i] ?? 1
    const changed = i < 3 || i === 10 ? undefined : random() > 0.4
    const span = {
      name,
      kind:
        i < 3
          ? ('front' as const)
          : i < 6
            ? ('forward' as const)
            : i < 10
              ? ('step' as const)
              : ('plan' as const),
      at_ms: at,
      ms,
      ...(changed === undefined ? {} : { changed }),
    }
    at += ms
    return span
  })
  return { stage, total_ms: at, spans }
}

function comparisonOf(size: Size): ReportData['comparison'] {
  const name = (i: number): string => (size.hostile ? `${hostileText}${i}` : `2026-12-0${i + 1}-demo`)
  return {
    metric: { name: 'accuracy', share: true, higher_is_better: true },
    headline: `**${name(0).replaceAll('*', '')} is best by accuracy**: 77.2%; **${name(1)}** has 76.2%.`,
    lede: `On the same 4,000 texts the difference is 1.0 points, at 95% from +0.2 points to +1.8 points. Not clearly worse, either: ${name(2)}.`,
    compared: range(size.runs).map((i) => ({
      name: name(i),
      seeds: [i],
      model: 'S',
      parameters: 271_162,
      mean: 0.772 - 0.01 * i,
      interval: { low: 0.759 - 0.01 * i, high: 0.785 - 0.01 * i },
      ...(i === 0
        ? {}
        : i === 2
          ? { unpaired: 'they were scored on different examples' }
          : {
              paired: {
                unit: 'texts' as const,
                count: 4000,
                difference: -0.01 * i,
                interval: { low: -0.018 * i, high: -0.002 * i },
                only_best: 120 * i,
                only_this: 80,
                p: 0.005 / i,
              },
            }),
    })),
  }
}

function sweepOf(size: Size, seed: number): SweepData {
  const random = randomOf(seed + 100)
  const all = [
    { name: 'width', values: ['16', '32', '64'] },
    { name: 'depth', values: ['1', '2'] },
    { name: 'rate', values: ['1e-3', '3e-3'] },
    { name: 'temperature', values: ['1', '2', '4'] },
    { name: 'mask', values: ['15%', '30%'] },
    { name: size.hostile ? hostileText : 'teacher', values: ['small', size.hostile ? hostileText : 'large'] },
  ]
  const settings = all.slice(0, size.settings)
  const combinations = settings.reduce<Record<string, string>[]>(
    (found, { name, values }) => found.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
  const runs = combinations.flatMap((chosen) =>
    range(size.seeds).map((s) => {
      const at = settings.reduce(
        (sum, { name, values }) => sum + values.indexOf(chosen[name] ?? '') / values.length,
        0,
      )
      return {
        name: `${Object.entries(chosen)
          .map(([name, value]) => `${name}=${value}`)
          .join(',')}/seed-${s}`,
        settings: chosen,
        seed: s,
        parameters: 133_000 + Math.round(484_000 * at),
        value: size.gaps && s === 1 ? null : 0.36 + 0.1 * at + 0.03 * random(),
        finished: !(size.gaps && s === 1),
      }
    }),
  )
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length
  }
  const best = runs.reduce((a, b) => ((b.value ?? 0) > (a.value ?? 0) ? b : a))
  return {
    settings,
    seeds: range(size.seeds),
    metric: 'accuracy',
    model: 'S',
    runs,
    effects: settings.map(({ name, values }) => {
      const means = values.map((value) => ({
        value,
        mean: mean(runs.filter((run) => run.settings[name] === value).map((run) => run.value)),
      }))
      const known = means.flatMap((one) => one.mean ?? [])
      return { name, means, difference: known.length > 0 ? Math.max(...known) - Math.min(...known) : null }
    }),
    spread:
      size.seeds > 1
        ? combinations.map((chosen) => {
            const own = runs.filter((run) => run.settings === chosen).map((run) => run.value)
            const middle = mean(own)
            const known = own.flatMap((value) => value ?? [])
            return {
              settings: chosen,
              mean: middle,
              deviation:
                known.length < 2
                  ? null
                  : Math.sqrt(
                      known.reduce((sum, value) => sum + (value - (middle ?? 0)) ** 2, 0) /
                        (known.length - 1),
                    ),
              count: known.length,
            }
          })
        : [],
    best: best.name,
  }
}
