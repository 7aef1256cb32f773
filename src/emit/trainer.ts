/**
 * A spec as a TypeScript program. It has functions for one micro-batch of each stage, for its counts, and for
 * scores. Repeated parts (layers, forward and backward) are functions of their own. The spec's data is at its
 * end. ts-morph is loaded here, and this file only for `--emit trainer`.
 */
import { type FunctionDeclarationStructure, Project, QuoteKind, StructureKind } from 'ts-morph'
import { answerPaths, headOutputs } from '../check/head-outputs.ts'
import type { Program, Stage } from '../check/program.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { fusedOps } from '../graph/ops/fused.ts'
import type { BatchSizes } from '../graph/type.ts'
import { compileStage, compileTaps } from '../lower/stage.ts'
import type { Passes } from '../lower/stage-options.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import { Bindings } from './bindings.ts'
import { blockNames } from './block.ts'
import { Blocks } from './blocks.ts'
import { Draft } from './draft.ts'
import { kernelCalls } from './kernel-calls.ts'
import { inComment, literal } from './own-words.ts'
import { Code, literalText } from './pieces.ts'
import { frozenData, modelData, sharedData, stageData, trainedKeys } from './program-data.ts'
import { statementsOf } from './statements.ts'
import { identifier, VariableNames } from './variable-names.ts'
import { weightTables } from './weight-tables.ts'
import { blockFunction, type FunctionStructure } from './write-block.ts'
import { stepLines } from './write-step.ts'

/** What a program may import; what it does not use is left out. */
const types = ['Kernels', 'TrainerParameter', 'TrainerProgram', 'Value', 'Operand']
const functions = ['byLayer', 'copied', 'keysOf', 'normal', 'optionsFrom', 'train', 'weights']
const own = ['tf', 'program', 'tables']

/** Fused ops that every backend has which a trainer program runs on. */
const capabilities: ReadonlySet<string> = new Set(fusedOps)

interface StepFunction {
  readonly name: string
  readonly about: string
  readonly draft: Draft
  /** Of a tap. */
  readonly model?: string
  /** Whether others of the same text may be this one. */
  readonly shared: boolean
}

interface AddOptions {
  /** What the spec calls some of the nodes. */
  readonly names?: ReadonlyMap<Node, string>
  readonly sizes: BatchSizes
  readonly model?: string
  readonly shared?: boolean
}

export interface TrainerEmission {
  readonly passes?: Passes
  /** Bytes that training may take: values that do not fit are recomputed. */
  readonly memory?: number | undefined
  /** What it is to run on, and the fused ops of that; by default wasm, with what wasm and cpu have. */
  readonly backend?: { readonly name: string; readonly capabilities: ReadonlySet<string> }
}

/** The text of the program that trains `stages`, which have data and an optimizer. */
export function emitTrainer(
  program: Program,
  stages: readonly Stage[],
  options: TrainerEmission = {},
): string {
  return new Emission(program, stages, options).text()
}

class Emission {
  private readonly program: Program
  private readonly stages: readonly Stage[]
  private readonly options: TrainerEmission
  private readonly bindings: Bindings
  private readonly models: ReadonlySet<string>
  private readonly names = new VariableNames([...types, ...functions, ...own, ...blockNames, 'model', 'm'])
  private readonly steps: StepFunction[] = []
  /** Entries of `stages` and `taps`, to be written when all functions have their names. */
  private readonly stageEntries: (() => string)[] = []
  private readonly tapEntries: (() => string)[] = []
  private readonly written = new Map<StepFunction, string>()

  constructor(program: Program, stages: readonly Stage[], options: TrainerEmission) {
    this.program = program
    this.stages = stages
    this.options = options
    this.bindings = new Bindings(program)
    this.models = new Set(program.instances.keys())
  }

  text(): string {
    for (const stage of this.stages) this.addStage(stage)
    this.addTaps()
    const drafts = this.steps.map(({ draft }) => draft)
    const blocks = new Blocks(this.models, kernelCalls.reserved)
    for (const draft of drafts) blocks.addLoops(draft)
    for (const { draft, model } of this.steps) blocks.addSingles(draft, model !== undefined)
    blocks.settleResults(drafts, this.names)
    const structures = this.stepStructures()
    const tables = weightTables(this.program.instances.values(), this.names)
    return this.print(
      [...blocks.all.map((block) => blockFunction(block, kernelCalls)), ...structures, ...tables.functions],
      this.programLines(tables.expressions),
    )
  }

  private addStage(stage: Stage): void {
    const { passes, backend, memory } = this.options
    const graphs = compileStage(this.program, stage, {
      ...(passes === undefined ? {} : { passes }),
      capabilities: backend?.capabilities ?? capabilities,
      hoist: true,
      memory,
      keepUnread: true,
    })
    const cited = this.bindings.line(stage.span)
    const base = identifier(stage.name)
    const sizes = stageSizes(this.program, stage)
    const about = `One micro-batch of stage ${stage.name} (${cited}): losses and gradients.`
    const known = { names: graphs.names, sizes }
    const step = this.addStep(`${base}_step`, about, graphs.step, known)
    const divided = 'What the losses of a stage are divided by, in one micro-batch.'
    const counts = this.addStep('counts', divided, graphs.counts, { sizes, shared: true })
    const { frozen, normalisers } = graphs
    const models = frozen && `${frozen.models.join(' and ')} ${frozen.models.length > 1 ? 'say' : 'says'}`
    const said = `What ${models} of a micro-batch of stage ${stage.name}: computed once an example, before the first step.`
    const once = frozen && this.addStep(`${base}_frozen`, said, frozen.graph, known)
    this.stageEntries.push(() => {
      const parts = [
        `step: ${this.nameOf(step)}`,
        `counts: ${this.nameOf(counts)}`,
        `normalisers: ${normalisers}`,
      ]
      if (frozen && once) {
        const text = literalText({ step: new Code(this.nameOf(once)), ...frozenData(frozen) }, '      ')
        parts.push(`frozen: ${text}`)
      }
      const { readsPadding, tokensAtOnce } = graphs
      if (readsPadding) parts.push('readsPadding: true')
      if (tokensAtOnce) parts.push(`tokensAtOnce: ${literalText(tokensAtOnce, '      ')}`)
      return `${literalKey(stage.name)}: { ${parts.join(', ')} }`
    })
  }

  private addTaps(): void {
    for (const instance of this.program.instances.values()) {
      for (const output of headOutputs(instance)) {
        const paths = answerPaths(output)
        const graph = compileTaps(this.program, instance.name, paths)
        const about = `${paths.join(' and ')} in evaluation mode, for scores.`
        const options = { sizes: { B: 32, L: 128 }, model: instance.name, shared: true }
        const step = this.addStep(output.path, about, graph, options)
        const key = [instance.name, ...paths].join(' ')
        this.tapEntries.push(() => `'${key}': ${this.nameOf(step)}`)
      }
    }
  }

  private nameOf(step: StepFunction): string {
    return this.written.get(step) ?? ''
  }

  private addStep(
    name: string,
    about: string,
    graph: Graph,
    { names = new Map(), sizes, model, shared = false }: AddOptions,
  ): StepFunction {
    const { bindings, models } = this
    const draft = new Draft(statementsOf(graph, { bindings, names, models, sizes, dialect: kernelCalls }))
    const step = { name, about, draft, shared, ...(model === undefined ? {} : { model }) }
    this.steps.push(step)
    return step
  }

  /** Functions of stages; those that may be shared once for all that are alike. */
  private stepStructures(): FunctionStructure[] {
    const structures: FunctionStructure[] = []
    const shared = new Map<string, string>()
    const { models } = this
    for (const step of this.steps) {
      const { draft, model, about } = step
      const instance = model === undefined ? undefined : this.program.instances.get(model)
      const { lines, parameters } = stepLines(draft, {
        models,
        reserved: this.names.all,
        dialect: kernelCalls,
        ...(instance ? { anyModel: instance } : {}),
      })
      const key = [about, parameters.map((one) => one.name).join(), ...lines].join('\n')
      const known = step.shared ? shared.get(key) : undefined
      const name = known ?? this.names.free(step.name)
      if (known === undefined) {
        shared.set(key, name)
        structures.push({
          name,
          docs: [about],
          parameters: [
            { name: kernelCalls.context.name, type: kernelCalls.context.type },
            ...parameters.map((one) => ({ name: one.name, type: one.type })),
          ],
          returnType: 'void',
          statements: [...lines],
        })
      }
      const given = parameters.map(({ value }) => value).join(', ')
      this.written.set(step, given === '' ? name : `(kernels) => ${name}(kernels, ${given})`)
    }
    return structures
  }

  private programLines(weights: ReadonlyMap<string, string>): string[] {
    const { program, stages } = this
    const { data, projections } = sharedData(program)
    const tables = [...weights].map(([name, expression]) => `  ${name}: ${expression},\n`)
    const models = [...program.instances.values()].map(
      (instance) =>
        `${instance.name}: ${literalText(modelData(instance, `tables.${instance.name}`), '    ')}`,
    )
    const trained = new Map(
      stages.map((stage) => [stage, this.names.free(`${identifier(stage.name)}_trained`)]),
    )
    const stageTexts = stages.map(
      (stage) =>
        `${literalKey(stage.name)}: ${literalText(stageData(stage, trained.get(stage) ?? ''), '    ')}`,
    )
    return [
      `const tables = {\n${tables.join('')}}`,
      ...stages.map((stage) => `const ${trained.get(stage)} = ${trainedKeys(program, stage, 'tables')}`),
      `const program: TrainerProgram = {\n  file: ${literal(program.file)},\n  data: ${literalText(data)},\n  models: {\n${indented(models)}  },\n  projections: ${literalText(projections)},\n  stages: {\n${indented(stageTexts)}  },\n}`,
    ]
  }

  private print(all: readonly FunctionStructure[], lines: readonly string[]): string {
    const { backend } = this.options
    const registered = backend === undefined ? ['cpu', 'wasm'] : [backend.name]
    const packages = ['cpu', 'wasm'].filter((name) => registered.includes(name))
    const given = ['tf', 'report: console.log', ...(backend ? [`backend: '${backend.name}'`] : [])].join(', ')
    const call = `await train(program, {\n  stages: {\n${indented(this.stageEntries.map((entry) => entry()))}  },\n  taps: {\n${indented(this.tapEntries.map((entry) => entry()))}  },\n}, { ${given}, ...optionsFrom(process.argv.slice(2)) })`
    const text = [JSON.stringify(all), ...lines, call].join('\n')
    const used = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text)
    const project = new Project({
      useInMemoryFileSystem: true,
      manipulationSettings: { useTrailingCommas: true, quoteKind: QuoteKind.Single },
    })
    const source = project.createSourceFile('trainer.ts', {
      statements: [
        ...packages.map((name) => importOf(`@tensorflow/tfjs-backend-${name}`)),
        { ...importOf('@tensorflow/tfjs-core'), namespaceImport: 'tf' },
        {
          ...importOf('distill/runtime'),
          namedImports: [
            ...types.filter(used).map((name) => ({ name, isTypeOnly: true })),
            ...functions.filter(used).map((name) => ({ name })),
          ],
        },
        ...all.map((one): FunctionDeclarationStructure => ({ kind: StructureKind.Function, ...one })),
        ...lines,
        call,
      ],
    })
    source.formatText({ indentSize: 2 })
    const header = `/**\n * ${inComment(this.program.file)} as a program. Written by distill compile --emit trainer; edit the spec, not this file, or keep this file and edit it for good.\n * Run with: npx tsx FILE [--backend cpu|wasm|reference] [--seed N] [--out FOLDER] [--max-steps N] [--random-weights] [--resume]\n */\n`
    return `${header}${source
      .getFullText()
      .replace(/\n{3,}/g, '\n\n')
      .replace(/^(import .*);$/gm, '$1')
      .trimEnd()}\n`
  }
}

function importOf(moduleSpecifier: string): {
  kind: StructureKind.ImportDeclaration
  moduleSpecifier: string
} {
  return { kind: StructureKind.ImportDeclaration, moduleSpecifier }
}

function indented(entries: readonly string[]): string {
  return entries.map((entry) => `    ${entry},\n`).join('')
}

function literalKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`
}
