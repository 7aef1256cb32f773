/**
 * `distill compile SPEC --stage NAME --emit ast|graph|gradient|optimized|plan|trainer` prints a stage in one
 * of the compiler's forms. Allocates no weights.
 */
import { type Command, Option } from 'commander'
import { backendOf } from '../../backends/index.ts'
import type { Program, Stage } from '../../check/program.ts'
import { DiagnosticError } from '../../diagnostics/diagnostic.ts'
import { notInSpec, wrongFlagValue } from '../../diagnostics/messages/command-line.ts'
import { writeAtomically } from '../../disk/atomic-write.ts'
import { shippedText } from '../../disk/shipped.ts'
import { planText } from '../../explain/plan-text.ts'
import { fileText } from '../../files/regular-file.ts'
import { printGraph } from '../../graph/print.ts'
import { assumedBackend, type BackendChoice } from '../../library/backends.ts'
import { withSources } from '../../library/distill-error.ts'
import { requireStagesFit } from '../../library/memory.ts'
import { requireName } from '../../library/open-run.ts'
import { readPasses } from '../../library/passes.ts'
import { requireFloat32 } from '../../library/precision.ts'
import { compileStage } from '../../lower/stage.ts'
import { parseSource } from '../../syntax/build-ast.ts'
import { printTree } from '../../syntax/print-tree.ts'
import { RunPlan } from '../../train/run-plan.ts'
import { backendOption } from '../backend-option.ts'
import { collectSetting, loadSpec } from '../load-spec.ts'
import { memorySize, wholeNumber } from '../option-values.ts'
import { printProgramText } from '../output.ts'
import { passesOption } from '../passes.ts'

interface CompileOptions {
  stage?: string
  emit: 'ast' | 'graph' | 'gradient' | 'optimized' | 'plan' | 'trainer'
  batch?: number
  length?: number
  memory?: number
  output?: string
  standalone?: boolean
  set?: Record<string, string>
  passes?: string
  backend: BackendChoice
}

export function register(program: Command): void {
  program
    .command('compile')
    .description(
      'print the syntax tree, graph, gradient or plan of a stage, or write a program that trains it',
    )
    .argument('<spec>', 'a .distill file')
    .option('--stage <name>', 'the stage (default: the first; for a trainer: all)')
    .addOption(
      new Option('--emit <form>', 'what to print')
        .choices(['ast', 'graph', 'gradient', 'optimized', 'plan', 'trainer'])
        .default('graph'),
    )
    .option('--batch <n>', "examples of the plan's micro-batch (default: the stage's)", wholeNumber)
    .option('--length <n>', "tokens of the plan's examples (default: the data's max_length)", wholeNumber)
    .option(
      '--memory <size>',
      'memory limit, such as 2GiB: recompute activations to fit; fail if a stage still does not fit',
      memorySize,
    )
    .option('--standalone', 'a trainer of one stage that imports TensorFlow.js alone, for a page as well')
    .option('-o, --output <path>', 'write to a file instead of standard output')
    .option('--set <name=value>', 'replace a setting of the spec (may repeat)', collectSetting)
    .addOption(passesOption())
    .addOption(backendOption('the backend that the optimized graph, the plan or the program is for'))
    .action(async (spec: string, options: CompileOptions) => {
      const checked = loadSpec(spec, options)
      if (!checked) return
      await withSources(checked.sources, async () => {
        if (options.standalone && options.emit !== 'trainer')
          throw new DiagnosticError(
            wrongFlagValue({ flag: '--emit', value: options.emit, expected: 'trainer, with --standalone' }),
          )
        const text =
          options.emit === 'trainer'
            ? await (options.standalone ? standaloneText : trainerText)(checked, options)
            : emit(spec, checked, options, (await assumedBackend(options.backend)).capabilities)
        if (options.output) writeAtomically(options.output, [Buffer.from(text)])
        else printProgramText(text)
      })
    })
}

function emit(
  spec: string,
  program: Program,
  options: CompileOptions,
  capabilities: ReadonlySet<string>,
): string {
  const { emit: form, stage: name } = options
  if (form === 'ast') return printTree(parseSource(spec, fileText(spec)).tree)
  if (options.memory !== undefined)
    requireStagesFit(program, [stageNamed(program, name)], {
      capabilities,
      passes: readPasses(options.passes),
      memory: options.memory,
    })
  if (form === 'plan')
    return planText(program, stageNamed(program, name), {
      passes: readPasses(options.passes),
      capabilities,
      memory: options.memory,
      sizes: { B: options.batch, L: options.length },
    })
  const passes = form === 'optimized' ? readPasses(options.passes) : 'none'
  const { memory } = options
  const keepUnread = form === 'optimized'
  const graphs = compileStage(program, stageNamed(program, name), {
    passes,
    capabilities,
    memory,
    hoist: true,
    keepUnread,
  })
  if (form === 'graph') return printGraph(graphs.forward)
  return [graphs.step, ...(graphs.frozen ? [graphs.frozen.graph] : [])]
    .map((graph) => printGraph(graph))
    .join('\n')
}

/**
 * ts-morph is loaded for this form only. Throws E1105 for an unknown stage, E0733 for a stage without data,
 * budget or optimizer.
 */
async function trainerText(
  program: Program,
  { stage: name, passes, memory, backend: choice }: CompileOptions,
): Promise<string> {
  // onnxruntime runs complete graphs, but a program calls one operation after another.
  if (choice !== 'auto' && backendOf(choice) === 'onnxruntime')
    throw new DiagnosticError(
      wrongFlagValue({
        flag: '--backend',
        value: choice,
        expected:
          'a backend that runs single operations, as a trainer program does: native, webgpu, tensorflow, wasm, cpu or reference',
      }),
    )
  const wanted = name === undefined && program.stages.some(({ data }) => data !== undefined)
  const { stages } = new RunPlan(program, wanted ? undefined : [stageNamed(program, name).name])
  requireFloat32(program, stages)
  const { emitTrainer } = await import('../../emit/trainer.ts')
  const backend = choice === 'auto' ? {} : { backend: await assumedBackend(choice) }
  if (memory !== undefined) {
    const { capabilities } = await assumedBackend(choice === 'auto' ? 'wasm' : choice)
    requireStagesFit(program, stages, { capabilities, passes: readPasses(passes), memory })
  }
  return emitTrainer(program, stages, { passes: readPasses(passes), memory, ...backend })
}

/** Throws E1105 for an unknown stage, E0733 for one that lacks data, budget or optimizer. */
async function standaloneText(
  program: Program,
  { stage: name, passes, memory }: CompileOptions,
): Promise<string> {
  const { stages } = new RunPlan(program, [stageNamed(program, name).name])
  requireFloat32(program, stages)
  if (memory !== undefined) {
    const { capabilities } = await assumedBackend('cpu')
    requireStagesFit(program, stages, { capabilities, passes: readPasses(passes), memory })
  }
  const { emitStandalone } = await import('../../emit/standalone/emit.ts')
  return stages
    .map((stage) =>
      emitStandalone(program, stage, { source: shippedText, passes: readPasses(passes), memory }),
    )
    .join('')
}

/** The stage of this name, or the first stage. For an unknown name, the error lists the stages. */
export function stageNamed(program: Program, name: string | undefined): Stage {
  if (name !== undefined)
    requireName(
      'stage',
      name,
      program.stages.map((stage) => stage.name),
    )
  const stage = program.stages.find((one) => name === undefined || one.name === name)
  if (stage === undefined) throw new DiagnosticError(notInSpec({ kind: 'stage', known: [] }))
  return stage
}
