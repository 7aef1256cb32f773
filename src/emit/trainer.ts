/**
 * A spec as a TypeScript program: a function for one micro-batch of each stage, one for what it counts, one for each tap that is scored, and the data of
 * the spec. It imports `distill/runtime` alone. ts-morph is loaded here, and this file only where a trainer is asked for.
 */
import { type FunctionDeclarationStructure, type OptionalKind, Project, StructureKind } from 'ts-morph'
import { arrayKernels } from '../backends/tfjs/kernels/index.ts'
import type { ModelInstance, Program, Stage } from '../check/program.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { compileStage, compileTaps, type Passes } from '../lower/stage.ts'
import { headOutputs } from '../train/evaluate.ts'
import { literalText } from './pieces.ts'
import { frozenData, modelData, sharedData, stageData, weightLines } from './program-data.ts'
import { stepFunction } from './step-function.ts'
import { identifier, VariableNames } from './variable-names.ts'

type FunctionStructure = OptionalKind<FunctionDeclarationStructure>

const imported = [
  'optionsFrom',
  'train',
  'weights',
  'Kernels',
  'TrainerParameter',
  'TrainerProgram',
  'Value',
  'program',
]

/** Fused ops that every backend has which a trainer program runs on. */
const capabilities: ReadonlySet<string> = new Set(Object.keys(arrayKernels))

/** The text of the program that trains `stages`, which have data and an optimizer. */
export function emitTrainer(
  program: Program,
  stages: readonly Stage[],
  options: { readonly passes?: Passes } = {},
): string {
  const names = new VariableNames(imported)
  const instances = [...program.instances.values()]
  const functions: FunctionStructure[] = []
  const step = (name: string, about: string, graph: Graph, known: ReadonlyMap<Node, string>): string => {
    const free = names.ofValue(name)
    const { parameters, lines } = stepFunction(graph, known, program.sources)
    functions.push({
      name: free,
      parameters: [{ name: parameters, type: 'Kernels' }],
      returnType: 'void',
      docs: [about],
      statements: [...lines],
    })
    return free
  }
  const stageEntries = stages.map((stage) => {
    const graphs = compileStage(program, stage, { ...options, capabilities, hoist: true })
    const cited = `${stage.span.file}:${lineOf(program, stage)}`
    const base = identifier(stage.name)
    const own = step(
      `${base}_step`,
      `One micro-batch of stage ${stage.name} (${cited}): losses and gradients.`,
      graphs.step,
      graphs.names,
    )
    const about = `What the losses of stage ${stage.name} are divided by, in one micro-batch.`
    const counts = step(`${base}_counts`, about, graphs.counts, new Map())
    const { frozen, normalisers } = graphs
    const parts = [`step: ${own}`, `counts: ${counts}`, `normalisers: ${normalisers}`]
    if (frozen) {
      const said = `What ${frozen.models.join(' and ')} ${frozen.models.length > 1 ? 'say' : 'says'} of a micro-batch of stage ${stage.name}: computed once an example, before the first step.`
      const once = step(`${base}_frozen`, said, frozen.graph, graphs.names)
      parts.push(`frozen: ${literalText(frozenData(frozen), '      ').replace('{', `{ step: ${once},`)}`)
    }
    return `${literalKey(stage.name)}: { ${parts.join(', ')} }`
  })
  const tapEntries = instances.flatMap((instance) =>
    headOutputs(instance).map(({ path }) => {
      const graph = compileTaps(program, instance.name, [path])
      const about = `${instance.name}.${path} in evaluation mode, for scores.`
      const own = step(`${instance.name}.${path}`, about, graph, new Map())
      return `${literalKey(`${instance.name} ${path}`)}: ${own}`
    }),
  )
  const weightNames = new Map(
    instances.map((instance) => {
      const name = names.ofValue(`${instance.name}_weights`)
      functions.push(weightFunction(name, instance))
      return [instance.name, name]
    }),
  )
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: { useTrailingCommas: true },
  })
  const text = functions.some(({ statements }) => String(statements).includes(': Value[]'))
  const source = project.createSourceFile('trainer.ts', {
    statements: [
      {
        kind: StructureKind.ImportDeclaration,
        moduleSpecifier: 'distill/runtime',
        namedImports: [
          'type Kernels',
          'optionsFrom',
          'train',
          'type TrainerParameter',
          'type TrainerProgram',
          ...(text ? ['type Value'] : []),
          'weights',
        ],
      },
      ...functions.map((one): FunctionDeclarationStructure => ({ kind: StructureKind.Function, ...one })),
      `const program: TrainerProgram = ${programText(program, stages, weightNames)}`,
      `await train(program, {\n  stages: {\n${indented(stageEntries)}  },\n  taps: {\n${indented(tapEntries)}  },\n}, { report: console.log, ...optionsFrom(process.argv.slice(2)) })`,
    ],
  })
  source.formatText({ indentSize: 2 })
  const header = `/**\n * ${program.file} as a program. Written by distill compile --emit trainer; edit the spec, not this file, or keep this file and edit it for good.\n * Run with: npx tsx FILE [--backend cpu|wasm] [--seed N] [--out FOLDER] [--max-steps N] [--random-weights] [--resume]\n */\n`
  return `${header}${source
    .getFullText()
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`
}

function weightFunction(name: string, instance: ModelInstance): FunctionStructure {
  return {
    name,
    parameters: [{ name: 'add', type: '(parameter: TrainerParameter) => void' }],
    returnType: 'void',
    docs: [`The weights of ${instance.name}, and what they start from.`],
    statements: weightLines(instance),
  }
}

function programText(
  program: Program,
  stages: readonly Stage[],
  weights: ReadonlyMap<string, string>,
): string {
  const { data, projections } = sharedData(program)
  const models = [...program.instances.values()].map((instance) => {
    const rest = literalText(modelData(instance), '    ').replace(/\s*,?\s*\}$/, '')
    return `${instance.name}: ${rest},\n parameters: weights(${weights.get(instance.name)}) }`
  })
  const stageTexts = stages.map(
    (stage) => `${literalKey(stage.name)}: ${literalText(stageData(stage), '    ')}`,
  )
  return `{\n  file: ${JSON.stringify(program.file)},\n  data: ${literalText(data)},\n  models: {\n${indented(models)}  },\n  projections: ${literalText(projections)},\n  stages: {\n${indented(stageTexts)}  },\n}`
}

function indented(entries: readonly string[]): string {
  return entries.map((entry) => `    ${entry},\n`).join('')
}

function literalKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
}

function lineOf(program: Program, { span }: Stage): number {
  return (program.sources.get(span.file) ?? '').slice(0, span.start).split('\n').length
}
