/**
 * A stage as one TypeScript file that imports TensorFlow.js alone: the functions of its step in public
 * operations, its weights by name, its optimizer, and the loop of std/standalone-trainer.ts.
 */
import { Project, QuoteKind, StructureKind } from 'ts-morph'
import type { OptimizerSpec, Program, Stage } from '../../check/program.ts'
import type { Graph, Node } from '../../graph/graph.ts'
import { leafName } from '../../graph/leaf.ts'
import { fusedOps } from '../../graph/ops/fused.ts'
import { compileStage } from '../../lower/stage.ts'
import type { Passes } from '../../lower/stage-options.ts'
import { stageSizes } from '../../lower/stage-sizes.ts'
import { tfDType } from '../../tfjs/call.ts'
import { projectionKey } from '../../train/parameters.ts'
import { Bindings } from '../bindings.ts'
import { blockNames } from '../block.ts'
import { Blocks } from '../blocks.ts'
import { Draft } from '../draft.ts'
import { inComment } from '../own-words.ts'
import { literalText } from '../pieces.ts'
import { statementsOf } from '../statements.ts'
import { VariableNames } from '../variable-names.ts'
import { weightTables } from '../weight-tables.ts'
import { blockFunction, type FunctionStructure } from '../write-block.ts'
import { stepLines } from '../write-step.ts'
import { namesTable } from './names-table.ts'
import { optimizerText } from './optimizer-text.ts'
import { scheduleText } from './schedule-text.ts'
import { TfCalls } from './tf-calls.ts'

/** What every stage needs, and optimizers. */
const shipped = ['std/standalone-trainer.ts', 'std/standalone-optimizers.ts']

export interface StandaloneOptions {
  /** The text of a file of the tool: `std/standalone-trainer.ts`. */
  readonly source: (file: string) => string
  readonly passes?: Passes
  /** Bytes that training may take: activations that do not fit are recomputed. */
  readonly memory?: number | undefined
}

/** The program of a stage, which must have an optimizer. Throws GraphError for a product in low precision. */
export function emitStandalone(
  program: Program,
  stage: Stage,
  { source: textOf, passes, memory }: StandaloneOptions,
): string {
  const { optimizer: spec } = stage
  if (spec === undefined) throw new Error(`stage ${stage.name} has no optimizer`)
  const graphs = compileStage(program, stage, {
    ...(passes === undefined ? {} : { passes }),
    capabilities: new Set(fusedOps),
    memory,
    keepUnread: true,
  })
  const instances = stage.instances.flatMap((name) => program.instances.get(name) ?? [])
  const source = new Map(shipped.flatMap((file) => [...regionsOf(textOf(file))]))
  const optimizer = optimizerText(stage, spec)
  const regions = ['loop', 'batch', ...optimizer.regions, 'safetensors']
  const taken = [...source.values()].flatMap((text) => [
    ...text.matchAll(/^(?:export )?(?:async )?(?:function|class|interface|type) (\w+)/gm),
  ])
  const names = new VariableNames([
    ...taken.map(([, name = '']) => name),
    ...blockNames,
    ...['tf', 'stage', 'models', 'update', 'byLayer', 'Batch', 'model', 'm', 'step', 'size', 'dropout_mask'],
  ])
  const calls = new TfCalls(names)
  const drafts = new Drafts(program, calls, new Set(program.instances.keys()))
  const base = stage.name.replace(/\W+/g, '_')
  const sizes = stageSizes(program, stage)
  drafts.add(
    `${base}_step`,
    `One micro-batch of stage ${stage.name}: losses and gradients.`,
    graphs.step,
    sizes,
    graphs.names,
  )
  drafts.add(
    `${base}_counts`,
    'What losses are divided by, in one micro-batch.',
    graphs.counts,
    sizes,
    new Map(),
  )
  const functions = drafts.functions(names)
  const tables = weightTables(instances, names, namesTable)
  const inputs = inputsOf([graphs.step, graphs.counts])
  const text = printed([...calls.functions, ...functions, ...tables.functions])
  const rows = [...tables.expressions].map(([name, expression]) => `  ${name}: ${expression},\n`)
  const layered = text.includes('byLayer(')
  const parts = [
    headerOf(program, stage),
    "import * as tf from '@tensorflow/tfjs-core'",
    batchType(inputs),
    source.get('types') ?? '',
    text,
    ...(layered ? [byLayer] : []),
    `const models: { readonly [model: string]: readonly WeightRow[] } = {\n${rows.join('')}}`,
    `/** ${spec.kind}, by the path of a weight. */\nfunction update(${optimizer.lines.join('\n').includes('path') ? 'path' : '_path'}: string, change: Change, at: Moment): void | Promise<void> {\n${optimizer.lines.map((line) => `  ${line}\n`).join('')}}`,
    stageText({ program, stage, spec, normalisers: graphs.normalisers, base, inputs }),
    ...regions.map((region) => source.get(region) ?? ''),
  ]
  return `${parts
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}

/** The functions of a stage before they are written. */
class Drafts {
  private readonly program: Program
  private readonly calls: TfCalls
  private readonly models: ReadonlySet<string>
  private readonly bindings: Bindings
  private readonly all: { readonly name: string; readonly about: string; readonly draft: Draft }[] = []

  constructor(program: Program, calls: TfCalls, models: ReadonlySet<string>) {
    this.program = program
    this.calls = calls
    this.models = models
    this.bindings = new Bindings(this.program)
  }

  add(
    name: string,
    about: string,
    graph: Graph,
    sizes: ReturnType<typeof stageSizes>,
    names: ReadonlyMap<Node, string>,
  ): void {
    const { bindings, models, calls: dialect } = this
    const draft = new Draft(statementsOf(graph, { bindings, names, models, sizes, dialect }))
    this.all.push({ name, about, draft })
  }

  functions(names: VariableNames): FunctionStructure[] {
    const { models, calls: dialect } = this
    const blocks = new Blocks(models, [...dialect.reserved, ...names.all])
    const drafts = this.all.map(({ draft }) => draft)
    for (const draft of drafts) blocks.addLoops(draft)
    for (const draft of drafts) blocks.addSingles(draft, false)
    blocks.settleResults(drafts, names)
    return [
      ...blocks.all.map((block) => blockFunction(block, dialect)),
      ...this.all.map(({ name, about, draft }): FunctionStructure => {
        const { lines } = stepLines(draft, { models, reserved: names.all, dialect })
        return {
          name,
          docs: [about],
          parameters: [{ name: 'step', type: 'Step' }],
          returnType: 'void',
          statements: [...lines],
        }
      }),
    ]
  }
}

/** Texts between `// #region NAME` and `// #endregion`, by name. */
function regionsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^\/\/ #region (\w+)\n([\s\S]*?)^\/\/ #endregion$/gm)].map(
      ([, name = '', body = '']) => [name, body.trim()],
    ),
  )
}

type Inputs = ReadonlyMap<string, Node['type']>

/** What functions read of a batch, but for what the loop gives them. */
function inputsOf(graphs: readonly Graph[]): Inputs {
  const given = /^(progress|step|epoch|normaliser\[\d+\])$/
  const inputs = new Map<string, Node['type']>()
  for (const node of graphs.flatMap(({ nodes }) => nodes)) {
    const name = node.op === 'input' ? leafName(node) : undefined
    if (name !== undefined && !given.test(name)) inputs.set(name, node.type)
  }
  return inputs
}

/** What is said of inputs, and whether the loop makes them where they are not given. */
const inputNotes: { readonly [name: string]: { readonly about: string; readonly optional: boolean } } = {
  attended: { about: 'Whether a token is one of the text; absent: all are.', optional: true },
  segments: { about: 'Which of two texts a token is of; absent: all 0.', optional: true },
  first_piece: { about: 'Whether a token begins a word; absent: all do.', optional: true },
  masked: { about: 'Whether a token is masked; absent: where `original` is not negative.', optional: true },
  sample: {
    about: 'The number of each example in the data: dropout is drawn by it; absent: its place in the batch.',
    optional: true,
  },
}

function batchType(inputs: Inputs): string {
  const derived = /^(places|positions\.\w+|tokens)$/
  const fields = [...inputs].filter(([name]) => !derived.test(name))
  // Positions are made of these.
  for (const [kind] of [['attended'], ['masked'], ['first_piece'], ['sample']] as const)
    if (inputs.has(`positions.${kind}`) && !inputs.has(kind))
      fields.push([
        kind,
        {
          dtype: 'bool',
          dimensions: [
            { axis: 'example', size: 'B' },
            { axis: 'token', size: 'L' },
          ],
        },
      ])
  const lines = fields.map(([name, { dtype, dimensions }]) => {
    const known = inputNotes[name]
    const element = dtype === 'bool' ? '(number | boolean)' : 'number'
    const about = known?.about ?? `[${dimensions.map(({ axis }) => axis).join(', ')}]`
    const field = name.replace(/^batch\./, '')
    return `  /** ${about} */\n  readonly ${/^\w+$/.test(field) ? field : `'${field}'`}${known?.optional ? '?' : ''}: ${element}${'[]'.repeat(dimensions.length)}`
  })
  return `/** A micro-batch: rows of one length, an example each. */\nexport interface Batch {\n  /** Ids of tokens. */\n  readonly tokens: number[][]\n${lines.map((line) => `${line}\n`).join('')}}`
}

interface StageParts {
  readonly program: Program
  readonly stage: Stage
  readonly spec: OptimizerSpec
  readonly normalisers: number
  /** What names of its functions begin with. */
  readonly base: string
  readonly inputs: Inputs
}

function stageText({ program, stage, spec, normalisers, base, inputs }: StageParts): string {
  const types = [...inputs]
    .filter(([name]) => name !== 'sample')
    .map(([name, { dtype }]) => [name, tfDType(dtype)])
  const projections = stage.projections.flatMap(
    (name) =>
      program.projections
        .get(name)
        ?.parameters.map(({ path, shape }) => [projectionKey(name, path), shape]) ?? [],
  )
  const rate = scheduleText(spec.settings.rate)
  const lines = [
    `name: '${stage.name}'`,
    `step: ${base}_step`,
    `counts: ${base}_counts`,
    `normalisers: ${normalisers}`,
    `averaged: ${stage.normalise === 'microbatch'}`,
    `terms: ${literalText(stage.terms.map(({ name }) => name))}`,
    `projections: ${literalText(projections)}`,
    `inputs: ${literalText(Object.fromEntries(types))}`,
    ...(spec.clip === undefined ? [] : [`clip: ${spec.clip}`]),
    ...(spec.clip !== undefined && spec.kind === 'bert_adam' ? ['clipsEach: true'] : []),
    `rate: (${/\bat\b/.test(rate) ? 'at' : ''}) => ${rate}`,
    'update',
  ]
  return `const stage: Stage = {\n${lines.map((line) => `  ${line},\n`).join('')}}`
}

const byLayer = `/** Rows of so many layers, numbered from \`first\` on. */
function byLayer(first: number, layers: number, rows: (m: number) => WeightRow[]): WeightRow[] {
  return Array.from({ length: layers }, (_, k) => rows(first + k)).flat()
}`

function headerOf({ file }: Program, { name, instances }: Stage): string {
  const [model = 'S'] = instances
  return `/**
 * Stage ${name} of ${inComment(file)} in TensorFlow.js. Written by distill compile --emit trainer --standalone; edit the spec, or keep this file and edit it for good.
 * It imports @tensorflow/tfjs-core alone. Import a backend beside it: @tensorflow/tfjs-node-gpu, or @tensorflow/tfjs-backend-webgl in a page.
 *
 *     import '@tensorflow/tfjs-backend-cpu'
 *     import { readSafetensors, train } from './${name}.ts'
 *     const weights = await train({ weights: readSafetensors(file, '${model}'), batches, steps: 100 })
 */`
}

function printed(functions: readonly FunctionStructure[]): string {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: { useTrailingCommas: true, quoteKind: QuoteKind.Single },
  })
  const source = project.createSourceFile('standalone.ts', {
    statements: functions.map((one) => ({ kind: StructureKind.Function, ...one })),
  })
  source.formatText({ indentSize: 2 })
  return source.getFullText().trim()
}
