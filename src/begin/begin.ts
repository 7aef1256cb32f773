/** Makes a spec from data: looks at them, then chooses sizes and budgets by timing steps on this machine. */
import path from 'node:path'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { unsuitedRecipe } from '../diagnostics/messages/begin.ts'
import { parseSource } from '../syntax/build-ast.ts'
import { printSource } from '../syntax/print.ts'
import type { Design } from './design.ts'
import type { Choices, Found } from './found.ts'
import { lengthsOf } from './lengths.ts'
import { lookAt } from './look-at.ts'
import { type RecipeName, recipes } from './recipes.ts'
import { budgets, chooseRung, designOf, foreseen, type SizeFacts } from './sizes.ts'
import { type SpecParts, specText } from './spec-text.ts'
import type { Timing } from './speed.ts'
import { taskText } from './task-text.ts'
import { teacherFolder } from './teacher-folder.ts'

export interface BeginOptions extends Choices {
  readonly recipe: RecipeName
  /** Of the whole training. */
  readonly minutes: number
  /** A folder of transformers. */
  readonly teacher?: string | undefined
  /** Times so many steps of each stage of a spec whose paths are absolute. */
  readonly time: (text: string, steps: number) => Promise<Timing>
  /** Told what was found, before steps are timed. */
  readonly found?: ((lines: readonly string[], remarks: readonly string[]) => void) | undefined
}

export interface Begun {
  /** The spec as the formatter prints it. */
  readonly text: string
  readonly design: Design
  /** The student's model, in the words of the spec. */
  readonly student: string
  /** Seconds that its training is expected to take here. */
  readonly seconds: number
  readonly backend: string
}

/** Steps that are timed of each stage: fewer of a published teacher, which are slow. */
const timedSteps = { scratch: 24, published: 6 }

/**
 * @param place a file or folder of data, as the user wrote it
 * @param file the spec that will be written: paths in it are relative to its folder
 * @throws DiagnosticError E0801 to E0817 (of the readers), E0930 (the teacher's folder), E0932 to E0941
 */
export async function beginSpec(place: string, file: string, options: BeginOptions): Promise<Begun> {
  const { recipe, minutes, time } = options
  const looked = await lookAt(place, options)
  const folder =
    options.teacher === undefined ? undefined : teacherFolder(options.teacher, taskText(looked), looked)
  const found = folder?.labels ? withLabels(looked, folder.labels) : looked
  options.found?.(found.summary, found.remarks)
  const measured = lengthsOf(found, options.teacher)
  const lengths = folder
    ? { ...measured, maxLength: Math.min(measured.maxLength, folder.positions) }
    : measured
  const facts: SizeFacts = { found, lengths, recipe, folder }
  requireLayers(recipe, folder?.shape.layers)
  const parts = (design: Design, absolute: boolean): SpecParts => ({
    ...facts,
    design,
    minutes,
    written: (one) => (absolute ? path.resolve(one) : relativeTo(file, one)),
  })
  const steps = folder ? timedSteps.published : timedSteps.scratch
  const timed = async (design: Design): Promise<Timing> => {
    const limit = trialLimit(found.rows)
    const own = {
      ...design,
      learn: { steps },
      student_budget: { steps: 2 * steps },
      ...(limit ? { limit } : {}),
    }
    return wholeEpochs(await time(formatted(file, specText(parts(own, true))), steps), found.rows, limit)
  }
  const first = designOf(1, facts)
  let timing = await timed(first)
  const rung = folder ? 1 : chooseRung(1, timing, minutes, facts)
  const design = designOf(rung, facts)
  if (rung !== 1) timing = await timed(design)
  const fitting = budgets(design, timing, minutes, facts)
  return {
    text: formatted(file, specText(parts(fitting, false))),
    design: fitting,
    student: recipes[recipe]({ ...fitting, task: taskText(found) }).student.join(', '),
    seconds: foreseen(fitting, timing),
    backend: timing.backend,
  }
}

/** Of many examples, steps are timed on a sample, since reading all of them would take minutes. */
function trialLimit(rows: number): number | undefined {
  return rows > 40_000 ? 20_000 : undefined
}

/** The times of a sample with the steps of an epoch of the whole. */
function wholeEpochs(timing: Timing, rows: number, limit: number | undefined): Timing {
  if (limit === undefined) return timing
  const stages = [...timing.stages].map(([name, time]) => {
    const stepsPerEpoch = Math.round((time.stepsPerEpoch * rows) / limit)
    return [name, { ...time, stepsPerEpoch }] as const
  })
  return { ...timing, stages: new Map(stages) }
}

function formatted(file: string, text: string): string {
  return printSource(parseSource(file, text).tree)
}

function withLabels(found: Found, labels: readonly string[]): Found {
  return 'labels' in found.task ? { ...found, task: { ...found.task, labels, listed: true } } : found
}

function relativeTo(file: string, one: string): string {
  const relative = path.relative(path.dirname(path.resolve(file)), path.resolve(one)) || '.'
  return relative.split(path.sep).join('/')
}

function requireLayers(recipe: RecipeName, layers: number | undefined): void {
  if (layers === undefined || layers > 1 || (recipe !== 'distilbert' && recipe !== 'albert')) return
  const help = 'take a deeper teacher, or another recipe: tinybert, minilm, svd'
  throw new DiagnosticError(
    unsuitedRecipe({ recipe, problem: 'needs a teacher of several layers; this one has 1', help }),
  )
}
