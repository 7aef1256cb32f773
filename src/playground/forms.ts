/** A spec in the forms of `explain`, `graph` and `compile`. Loaded when the first of them is asked for. */
import type { Program, Stage } from '../check/program.ts'
import type { SpecFiles } from '../check/spec-files.ts'
import { painter } from '../diagnostics/paint.ts'
import { terminalText } from '../diagnostics/terminal-text.ts'
import { planText } from '../explain/plan-text.ts'
import { printReport } from '../explain/print.ts'
import { reportSpec } from '../explain/report.ts'
import { fusedOps } from '../graph/ops/fused.ts'
import { compileStage } from '../lower/stage.ts'
import { stageSizes } from '../lower/stage-sizes.ts'
import { weightUpdate } from '../optimize/pass.ts'
import { RunPlan } from '../train/run-plan.ts'
import type { FormRequest, ShippedFiles } from './protocol.ts'

/** As `--backend wasm` assumes it. */
export const backend = { name: 'wasm', capabilities: new Set<string>([...fusedOps, weightUpdate]) }
const passes = { disabled: new Set<string>() }

export interface FormFiles {
  readonly files: SpecFiles
  readonly shipped: ShippedFiles
}

/** @throws DiagnosticError for a stage that lacks what the form needs */
export async function formText(
  program: Program,
  { form, stage: name, columns }: FormRequest,
  { files }: FormFiles,
): Promise<string> {
  const stage = program.stages.find((one) => one.name === name) ?? program.stages[0]
  switch (form) {
    case 'explain': {
      const report = reportSpec(program, { files, passes, backend })
      return terminalText(printReport(report, { columns, paint: painter(true) }))
    }
    case 'trainer': {
      const { stages } = new RunPlan(program)
      const { emitTrainer } = await import('../emit/trainer.ts')
      return emitTrainer(program, stages, { passes })
    }
    case 'plan':
      return stage ? planText(program, stage, { passes, capabilities: backend.capabilities }) : ''
    case 'graph':
      return stage ? drawn(program, stage) : ''
  }
}

async function drawn(program: Program, stage: Stage): Promise<string> {
  const graphs = compileStage(program, stage, { passes, capabilities: backend.capabilities })
  const { pictureOf } = await import('../draw/picture.ts')
  const { printHtml } = await import('../draw/html.ts')
  return printHtml(pictureOf(program, stage, graphs, stageSizes(program, stage)), program.sources)
}
