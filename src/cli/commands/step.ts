/**
 * `distill step SPEC` runs exactly N training steps on one given batch, to compare them with another
 * framework.
 */
import { join } from 'node:path'
import type { Command } from 'commander'
import type { ModelInstance, Program, Stage } from '../../check/program.ts'
import { parameterKey } from '../../check/program.ts'
import { ownerOf } from '../../check/trained.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { stepWithoutWeights, weightsOfAnotherModel } from '../../diagnostics/messages/weights.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import type { Graph } from '../../graph/graph.ts'
import { readPasses } from '../../library/passes.ts'
import { settlePrecisions } from '../../library/precision.ts'
import { compileStage } from '../../lower/stage.ts'
import { readGivenBatch } from '../../train/given-batch.ts'
import { ParameterStore, storedParameters } from '../../train/parameters.ts'
import { runSteps } from '../../train/step.ts'
import { loadWeights } from '../../train/weight-file.ts'
import { matchProjectionTensors, matchTensors, tensorUnder } from '../../weights/names.ts'
import { type WrittenTensor, writeSafetensors } from '../../weights/safetensors.ts'
import { openWeights } from '../../weights/weight-source.ts'
import { runnerOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { openRunners, printNote, sayBackend } from '../open-run.ts'
import { wholeNumber } from '../option-values.ts'
import { print, say } from '../output.ts'
import { passesOption } from '../passes.ts'
import { threadsOption } from '../threads-option.ts'
import { stageNamed } from './compile.ts'

interface StepOptions {
  stage?: string
  teacher?: string[]
  student?: string[]
  batch: string
  out: string
  steps: number
  backend: string
  seed: number
  set?: Record<string, string>
  passes?: string
}

const repeatable = (value: string, previous: string[] = []): string[] => [...previous, value]

export function register(program: Command): void {
  program
    .command('step')
    .description(
      'run training steps on one given batch, without dropout or shuffling; write losses, gradients and gradient norms of the loss terms',
    )
    .argument('<spec>', 'a .distill file')
    .option('--stage <name>', 'the stage (default: the first)')
    .option('--teacher <file>', 'weights of the teacher (NAME=FILE for one of several)', repeatable)
    .option(
      '--student <file>',
      'weights of the student and its projections (NAME=FILE for one of several)',
      repeatable,
    )
    .requiredOption('--batch <file>', 'a safetensors file with input_ids, attention_mask, labels ...')
    .requiredOption(
      '--out <folder>',
      'the folder for losses.json and gradients.safetensors; gradients have the names of the weights file, or MODEL.NAME if several models are trained',
    )
    .option('--steps <n>', 'number of updates', wholeNumber, 1)
    .addOption(runnerOption())
    .addOption(threadsOption())
    .option('--seed <n>', 'seed for losses that read random numbers', wholeNumber, 0)
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .addOption(passesOption())
    .action(async (spec: string, options: StepOptions) => {
      const checked = loadSpec(spec, options)
      if (checked) await step(checked, stageNamed(checked, options.stage), options)
    })
}

async function step(program: Program, stage: Stage, options: StepOptions): Promise<void> {
  const passes = readPasses(options.passes)
  const { runner, counter } = await openRunners(options.backend)
  try {
    // The same capabilities as in `train`: fused operations and the update of weights included.
    const { capabilities = new Set<string>() } = runner
    const automatic = await settlePrecisions(program, [stage], runner, { note: printNote })
    const graphs = compileStage(program, stage, {
      dropout: false,
      passes,
      capabilities,
      automatic,
      termGradients: 'always',
    })
    const batch = readGivenBatch(options.batch, graphs)
    const store = new ParameterStore()
    const names = loadStore(program, graphs.step, store, options)
    sayBackend(`${program.file}, stage ${stage.name}`, runner)
    const result = runSteps({ stage, graphs, store, runner, counter }, [batch], options.steps, options.seed)
    const losses = {
      terms: Object.fromEntries(result.terms),
      total: result.total,
      trajectory: result.trajectory,
      gradient_norms: { terms: Object.fromEntries(result.termNorms ?? []), total: result.norm },
    }
    writeAtomically(join(options.out, 'losses.json'), [Buffer.from(`${JSON.stringify(losses, null, 2)}\n`)])
    const nameOf = gradientNames(program, result.gradients.keys(), names)
    const gradients = new Map(
      [...result.gradients].map(([key, data]) => [
        nameOf(key),
        asInFile(program, key, names.get(key), store, data),
      ]),
    )
    writeSafetensors(join(options.out, 'gradients.safetensors'), gradients, 'none')
    for (const [name, value] of result.terms)
      print(`${name}\t${value}\t${result.termNorms?.get(name) ?? '-'}\n`)
    print(`total\t${result.total}\t${result.norm}\n`)
  } finally {
    runner.dispose()
  }
}

/**
 * The names of gradients in gradients.safetensors. If one model is trained, they are those of its file of
 * weights. Two files may have equal names. So with several trained models, each name begins with its model
 * (`A.bert.pooler.dense.weight`), and that of a projection with the projection (`W.weight`).
 */
function gradientNames(
  program: Program,
  gradients: Iterable<string>,
  names: ReadonlyMap<string, string>,
): (key: string) => string {
  const models = new Set([...gradients].map(ownerOf).filter((owner) => program.instances.has(owner)))
  return (key) => {
    const [owner, name] = [ownerOf(key), names.get(key)]
    if (models.size < 2 || name === undefined) return name ?? key
    return models.has(owner) ? `${owner}.${name}` : key
  }
}

/** A gradient in the shape that its parameter has in the file of weights. */
function asInFile(
  { instances }: Program,
  key: string,
  name: string | undefined,
  store: ParameterStore,
  data: Float32Array,
): WrittenTensor {
  const { shape } = store.get(key)
  const owner = ownerOf(key)
  const instance = instances.get(owner)
  if (instance === undefined || name === undefined) return { shape, data }
  return tensorUnder(instance, { path: key.slice(owner.length + 1), shape }, name, () => data)
}

/**
 * Loads the parameters that the graph reads from the given files. Returns the tensor name of each parameter
 * key.
 */
function loadStore(
  program: Program,
  graph: Graph,
  store: ParameterStore,
  options: StepOptions,
): Map<string, string> {
  const needed = new Set(
    graph.nodes.filter((n) => n.op === 'parameter').map((n) => String(n.attributes.name)),
  )
  const names = new Map<string, string>()
  const instances = [...program.instances.values()].filter((i) =>
    storedParameters(i).some(({ key }) => needed.has(key)),
  )
  for (const role of ['teacher', 'student'] as const) {
    const models = instances.filter((i) => i.role === role)
    const files = filesOf(role, models, options[role] ?? [])
    for (const instance of models)
      loadInstance(program, instance, files.get(instance.name) ?? '', needed, store, names)
    if (role === 'student') loadProjections(program, new Set(files.values()), needed, store, names)
  }
  return names
}

function filesOf(
  role: string,
  models: readonly ModelInstance[],
  given: readonly string[],
): Map<string, string> {
  const files = new Map<string, string>()
  for (const value of given) {
    const [, name, file] = /^(\w+)=(.*)$/.exec(value) ?? []
    if (name !== undefined && file !== undefined && models.some((m) => m.name === name)) files.set(name, file)
    else for (const model of models) if (!files.has(model.name)) files.set(model.name, value)
  }
  const lacking = models.filter((m) => !files.has(m.name)).map((m) => m.name)
  if (lacking.length > 0) throw new DiagnosticError(stepWithoutWeights({ role, models: lacking }))
  return files
}

function loadInstance(
  program: Program,
  instance: ModelInstance,
  file: string,
  needed: ReadonlySet<string>,
  store: ParameterStore,
  names: Map<string, string>,
): void {
  const parameters = storedParameters(instance).filter(({ key }) => needed.has(key))
  const wanted = new Set(parameters.map(({ parameter }) => parameter.path))
  const { values, absent, unused } = loadWeights(instance, wanted, file, program.file)
  if (absent.length > 0) {
    throw new DiagnosticError(
      weightsOfAnotherModel({ model: instance.name, file, missing: absent, present: unused }),
    )
  }
  if (unused.length > 0) say(`note: ${file}: not used by ${instance.name}: ${unused.join(', ')}\n`)
  const { map } = matchTensors(instance, openWeights(file).tensors.keys())
  for (const { key, parameter } of parameters) {
    const data = values.get(parameter.path)
    if (data) store.define(key, parameter.shape, data)
    const name = map.get(parameter.path)
    if (name !== undefined) names.set(key, name)
  }
}

/** Loads each projection from the first of the students' files that contains it. */
function loadProjections(
  program: Program,
  files: ReadonlySet<string>,
  needed: ReadonlySet<string>,
  store: ParameterStore,
  names: Map<string, string>,
): void {
  const projections = [...program.projections.values()]
  const sources = [...files].map((file) => {
    const source = openWeights(file)
    return { source, found: matchProjectionTensors(projections, source.tensors.keys()) }
  })
  const missing: string[] = []
  for (const { name: owner, parameters } of projections) {
    for (const { path, shape } of parameters) {
      const key = projectionKey(owner, path)
      if (!needed.has(key)) continue
      const holder = sources.find(({ found }) => found.has(key))
      const name = holder?.found.get(key)
      if (holder === undefined || name === undefined) {
        missing.push(key)
        continue
      }
      const { data } = holder.source.read(name)
      store.define(key, shape, data instanceof Float32Array ? data : Float32Array.from(data))
      names.set(key, name)
    }
  }
  if (missing.length > 0) {
    const present = sources.flatMap(({ source }) => [...source.tensors.keys()]).slice(-4)
    const file = [...files].join(' and ')
    throw new DiagnosticError(weightsOfAnotherModel({ model: 'the projections', file, missing, present }))
  }
}

function projectionKey(owner: string, path: string): string {
  return path.startsWith(owner) ? path : parameterKey({ owner, path })
}
