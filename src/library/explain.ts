/**
 * What a spec means and costs, as data: of its data files no more than how much they hold, and weights only
 * of models in low precision.
 */

import { chooseRunner, describeRunner } from '../backends/auto.ts'
import { quickSpeed } from '../backends/doctor.ts'
import { createRunner } from '../backends/index.ts'
import type { Program } from '../check/program.ts'
import { countExamples } from '../data/count-examples.ts'
import { type CutTexts, foreseenCuts } from '../data/cut-texts.ts'
import { Divisions } from '../data/divide.ts'
import { meanTokens } from '../data/mean-tokens.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { type DataOutline, outlineData } from '../explain/data/outline.ts'

import { type LabelsReport, reportLabels } from '../explain/labels.ts'
import { reportSpec, type SpecReport } from '../explain/report.ts'
import { estimateTime, type TimeReport } from '../explain/time.ts'
import type { Runner } from '../run/runner.ts'
import { assumedBackend, type BackendChoice, requireBackend } from './backends.ts'
import { withSources } from './distill-error.ts'
import { type MeasuredFidelity, measureFidelity } from './fidelity.ts'
import { requireStagesFit } from './memory.ts'
import { requireStages } from './open-run.ts'
import { readPasses } from './passes.ts'
import type { RunOptions } from './train-options.ts'

export interface ExplainOptions extends Pick<RunOptions, 'settings' | 'stages' | 'memory' | 'passes'> {
  /** Whose fused operations are assumed (default: `auto`, the fastest that starts). */
  readonly backend?: string | undefined
  /** Told why a faster backend does not start. */
  readonly onNote?: ((text: string) => void) | undefined
}

export interface Explanation extends SpecReport {
  /** Labels that are taken from training data; absent where the spec lists all labels. */
  readonly labels?: readonly LabelsReport[]
  /** How long training takes here; absent where the backend does not start. */
  readonly time?: TimeReport
  /** How faithful models in low precision are to float32; absent without such models. */
  readonly fidelity?: MeasuredFidelity
  /** Texts and labels of the data blocks whose files are there; absent without them. */
  readonly data?: readonly DataOutline[]
  /** Texts that `max_length` may cut; absent without them. */
  readonly cut_texts?: readonly CutTexts[]
}

/**
 * @throws DistillError for a stage that is not there or does not fit into memory, and for a backend that does
 * not start
 */
export async function explainProgram(program: Program, options: ExplainOptions = {}): Promise<Explanation> {
  return withSources(program.sources, async () => {
    const { stages: wanted, memory, onNote } = options
    const choice = requireBackend(options.backend ?? 'auto')
    requireStages(program, wanted)
    const backend = await assumedBackend(choice)
    const passes = readPasses(options.passes)
    if (memory !== undefined)
      requireStagesFit(program, program.stages, { capabilities: backend.capabilities, passes, memory })
    const divisions = new Divisions()
    const examples = (name: string) => {
      const data = program.data.get(name)
      return data && countExamples(data, divisions)
    }
    const report = reportSpec(program, {
      files: filesOnDisk,
      passes,
      backend,
      memory,
      examples,
      ...(wanted ? { stages: wanted } : {}),
    })
    const stages = program.stages.filter(({ name }) => report.stages[name] !== undefined)
    const fidelity = await measureFidelity(program, stages, choice, onNote)
    const used = new Set(stages.flatMap(({ data }) => data ?? []))
    const blocks = [...program.data.values()].filter(({ name }) => used.has(name))
    const cuts = blocks.flatMap((data) => foreseenCuts(program, data))
    const outlines = blocks.flatMap((data) => outlineData(data, divisions) ?? [])
    const labels = reportLabels(program)
    const time = await measuredTime(program, report, choice, divisions)
    return {
      ...report,
      ...(time ? { time } : {}),
      ...(labels.length > 0 ? { labels } : {}),
      ...(fidelity ? { fidelity } : {}),
      ...(outlines.length > 0 ? { data: outlines } : {}),
      ...(cuts.length > 0 ? { cut_texts: cuts } : {}),
    }
  })
}

/** By the backend's speed now, measured in well under a second. */
async function measuredTime(
  program: Program,
  report: SpecReport,
  choice: BackendChoice,
  divisions: Divisions,
): Promise<TimeReport | undefined> {
  let runner: Runner
  try {
    runner = choice === 'auto' ? (await chooseRunner()).runner : await createRunner(choice)
  } catch {
    return undefined
  }
  try {
    return estimateTime(report, describeRunner(runner), 1e9 * quickSpeed(runner), (name) => {
      const data = program.data.get(name)
      return data && meanTokens(data, divisions)
    })
  } finally {
    runner.dispose()
  }
}
