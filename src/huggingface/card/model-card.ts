/**
 * README.md of an exported folder: what the model is, how it is used, and the numbers of the run it comes
 * from.
 */
import path from 'node:path'
import { z } from 'zod'
import { metricKinds, metricNames } from '../../check/metric-names.ts'
import type { TaskKind } from '../../check/task-kinds.ts'
import { code, markdownText } from '../../diagnostics/markdown.ts'
import { formatBytes, formatCount } from '../../train/format.ts'
import { formatMetric } from '../../train/metrics/index.ts'
import { type AnswerKind, hubMetrics, hubTasks, notInJavascript, pipelineOf } from './hub-tasks.ts'
import type { ComparedModel, HubFacts } from './origins.ts'
import { type YamlValue, yamlLines } from './yaml.ts'

const scoreEvent = z.object({
  model: z.string(),
  data: z.string(),
  split: z.string(),
  metrics: z.record(z.string(), z.number()),
  best: z.boolean().optional(),
})
type ScoreEvent = z.infer<typeof scoreEvent>

export interface CardFacts {
  readonly model: string
  /** Absent: no class computes the model, and there are ONNX files alone. */
  readonly modelClass?: string
  /** A line for each ONNX file: its name, and what it is. */
  readonly onnx?: readonly (readonly [file: string, text: string])[]
  /** Whether transformers has the class. */
  readonly known: boolean
  readonly answers: AnswerKind | undefined
  /** Are two texts read at once? */
  readonly pair: boolean
  readonly parameters: number
  readonly teachers: readonly ComparedModel[]
  readonly hub: HubFacts
  readonly spec: string
  readonly seed: number
  readonly version: string
  /** Lines of metrics.jsonl. */
  readonly log: readonly unknown[]
  /** The checkpoint of these weights, if they are not the ones that the run kept. */
  readonly checkpoint?: string | undefined
  readonly notes: readonly string[]
}

export function modelCard(facts: CardFacts): string {
  const { model, modelClass, parameters, spec, seed, version, checkpoint, notes } = facts
  const scores = keptScores(facts.log)
  const table = scores.flatMap(({ model: name, data, split, metrics }) =>
    Object.entries(metrics).map(([metric, value]) =>
      row([name, `${data}, ${split}`, metric, shown(metric, value)]),
    ),
  )
  const measured =
    table.length === 0
      ? 'The run scored no model.'
      : ['| model | data | metric | value |', '|---|---|---|---|', ...table].join('\n')
  const parts = [
    ['---', ...yamlLines(frontMatter(facts, scores)), '---'].join('\n'),
    `# ${markdownText(model)}`,
    `${modelClass ?? 'A model of its own architecture'}, ${formatCount(parameters)} parameters, trained by Distill ${version} from ${code(path.basename(spec))} with seed ${seed}; this file is about model ${code(model)} of it.`,
    ...sideBySide(facts, scores),
    ...usage(facts),
    '## Scores of the run',
    measured,
    `As logged while training: the kept step of each model, else its last.${
      checkpoint === undefined
        ? ''
        : ` The weights here are those of the checkpoint ${code(checkpoint)}, while the scores may be of other weights.`
    }`,
    ...(notes.length === 0
      ? []
      : ['## Exported with changes', notes.map((note) => `- ${markdownText(note)}`).join('\n')]),
    ...onnxFiles(facts),
    ...comparison(facts),
  ]
  return `${parts.join('\n\n')}\n`
}

function comparison({ modelClass, answers }: CardFacts): string[] {
  if (modelClass === undefined) return []
  const compared =
    answers === 'vector'
      ? 'The vectors that the files of this folder make'
      : `The logits of this folder, loaded into ${modelClass}'s architecture,`
  return [`${compared} were compared with those of the run when it was exported.`]
}

/** The metadata that the Hub reads. What is not known is left out. */
function frontMatter(facts: CardFacts, scores: readonly ScoreEvent[]): { [key: string]: YamlValue } {
  const { known, answers, hub, onnx } = facts
  const results = modelIndex(facts, scores)
  const metrics = new Set(results.flatMap(({ metrics }) => metrics.map(({ type }) => type)))
  const [base, ...otherBases] = hub.baseModels
  return {
    ...(known ? { library_name: answers === 'vector' ? 'sentence-transformers' : 'transformers' } : {}),
    ...(!known && onnx !== undefined ? { library_name: 'transformers.js' } : {}),
    ...((known || onnx !== undefined) && answers !== undefined
      ? { pipeline_tag: pipelineOf(answers, known) }
      : {}),
    ...(hub.license === undefined ? {} : { license: hub.license }),
    ...listOf('language', hub.languages),
    ...(base === undefined ? {} : { base_model: otherBases.length > 0 ? hub.baseModels : base }),
    ...listOf('datasets', hub.datasets),
    ...listOf('metrics', [...metrics]),
    tags: ['distillation', ...(known && answers === 'vector' ? ['sentence-transformers'] : [])],
    ...(results.length === 0 ? {} : { 'model-index': [{ name: facts.model, results }] }),
  }
}

function listOf(key: string, texts: readonly string[]): { [key: string]: YamlValue } {
  return texts.length === 0 ? {} : { [key]: texts }
}

/** Scores of the model with these weights, one result for each split. */
function modelIndex({ model, answers, checkpoint, hub }: CardFacts, scores: readonly ScoreEvent[]) {
  const kind = taskOf(answers)
  if (kind === undefined || checkpoint !== undefined) return []
  const { pipeline, title } = hubTasks[kind]
  // Data of the run has a place on the Hub only where there is one data set, and it is named.
  const [dataset] = hub.datasets.length === 1 ? hub.datasets : []
  return scores.flatMap((score) => {
    const metrics = metricNames.flatMap((name) => {
      const value = metricKinds[name] === kind ? score.metrics[name] : undefined
      if (value === undefined || !Number.isFinite(value)) return []
      return [{ type: hubMetrics[name], value: Number(value.toPrecision(6)), name }]
    })
    if (score.model !== model || metrics.length === 0) return []
    return [
      {
        task: { type: pipeline, name: title },
        dataset: { type: dataset ?? 'unknown', name: score.data, split: score.split },
        metrics,
      },
    ]
  })
}

function taskOf(answers: AnswerKind | undefined): TaskKind | undefined {
  return answers === 'vector' || answers === 'states' ? undefined : answers
}

/** Sizes of a student beside those of its teachers, and scores where they are of these weights. */
function sideBySide(
  { model, parameters, teachers, checkpoint }: CardFacts,
  scores: readonly ScoreEvent[],
): string[] {
  if (teachers.length === 0) return []
  const columns = [{ name: model, parameters }, ...teachers]
  const places = scores.filter((score) => checkpoint === undefined && score.model === model)
  const measured = places.flatMap(({ data, split, metrics }) =>
    Object.keys(metrics).map((metric) => {
      const cells = columns.map(({ name }) => {
        const own = scores.find((one) => one.model === name && one.data === data && one.split === split)
        const value = own?.metrics[metric]
        return value === undefined ? '' : shown(metric, value)
      })
      return row([`${metric}, ${data} ${split}`, ...cells])
    }),
  )
  const table = [
    row([
      '',
      `${model}, the student`,
      ...teachers.map(({ name }) => `${name}, ${teachers.length > 1 ? 'a' : 'the'} teacher`),
    ]),
    `|${'---|'.repeat(columns.length + 1)}`,
    row(['parameters', ...columns.map((one) => formatCount(one.parameters))]),
    row(['size in float32', ...columns.map((one) => formatBytes(4 * one.parameters))]),
    ...measured,
  ]
  return ['## Student and teacher', table.join('\n')]
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(markdownText).join(' | ')} |`
}

function onnxFiles({ onnx = [] }: CardFacts): string[] {
  if (onnx.length === 0) return []
  const rows = onnx.map(([file, text]) => `| \`onnx/${file}\` | ${text} |`)
  return ['## ONNX', ['| file | |', '|---|---|', ...rows].join('\n')]
}

/** How the folder is loaded by what can load it. */
function usage(facts: CardFacts): string[] {
  const { known, answers, pair } = facts
  if (answers === undefined) return []
  const block = (language: string, lines: readonly string[]): string =>
    [`\`\`\`${language}`, ...lines, '```'].join('\n')
  const blocks = [
    ...(known ? [block('python', pythonLines(answers, pair))] : []),
    ...javascriptLines(facts).map((lines) => block('js', lines)),
  ]
  return blocks.length === 0 ? [] : ['## Usage', ...blocks]
}

/**
 * At most one snippet. Pipelines of transformers.js need ONNX files, take one text for a class, and pool
 * vectors themselves.
 */
function javascriptLines({ answers, modelClass, pair, onnx = [] }: CardFacts): string[][] {
  if (answers === undefined || answers === 'vector' || onnx.length === 0) return []
  const { pipeline, javascript } = hubTasks[answers]
  if (javascript === undefined || (pair && answers === 'class') || notInJavascript.has(modelClass ?? ''))
    return []
  return [
    [
      'import { pipeline } from "@huggingface/transformers"',
      '',
      '// the name of this folder on the Hub',
      `const answer = await pipeline("${pipeline}", "OWNER/NAME")`,
      `const result = await answer(${javascript})`,
    ],
  ]
}

function pythonLines(answers: AnswerKind, pair: boolean): string[] {
  const place = '# this folder, or its name on the Hub'
  if (answers === 'vector')
    return [
      'from sentence_transformers import SentenceTransformer',
      '',
      `model = SentenceTransformer(".")  ${place}`,
      'print(model.encode(["A text.", "Another one."]).shape)',
    ]
  const { pipeline, python } = hubTasks[answers]
  const call = pair ? (python.pair ?? python.call) : python.call
  return [
    'from transformers import pipeline',
    '',
    `answer = pipeline("${pipeline}", model="."${python.make ?? ''})  ${place}`,
    `print(answer(${call}))`,
  ]
}

/** The scores of each model, data block and split: those of the kept evaluation, otherwise the last ones. */
export function keptScores(log: readonly unknown[]): ScoreEvent[] {
  const kept = new Map<string, ScoreEvent>()
  for (const line of log) {
    const parsed = scoreEvent.safeParse(line)
    if (!parsed.success) continue
    const { model, data, split, best } = parsed.data
    const key = [model, data, split].join('\n')
    if (best || !kept.get(key)?.best) kept.set(key, parsed.data)
  }
  return [...kept.values()]
}

function shown(metric: string, value: number): string {
  const known = metricNames.find((name) => name === metric)
  return known === undefined ? `${value}` : formatMetric(known, value)
}
