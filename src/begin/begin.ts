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
import { budgets, chooseRung, designOf, foreseen, inTime, type SizeFacts, trainingExamples } from './sizes.ts'
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
  /** Times the steps of a spec whose paths are absolute. */
  readonly time: (text: string) => Promise<Timing>
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
  /** How many times as long it takes while other programs are as busy as they were; 1 or more. */
  readonly slowdown: number
}

/** Steps that are timed of the teacher and of a student: fewer of a published one, which are slow. */
const timedSteps = { scratch: { teacher: 20, student: 100 }, published: { teacher: 6, student: 12 } }

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
  const begun = performance.now()
  const measured = lengthsOf(found, options.teacher)
  const tokenizing = (performance.now() - begun) / 1000
  const lengths = folder
    ? { ...measured, maxLength: Math.min(measured.maxLength, folder.positions) }
    : measured
  requireLayers(recipe, folder?.shape.layers)
  const parts = (facts: SizeFacts, design: Design, trial?: number): SpecParts => ({
    ...facts,
    design,
    minutes,
    ...(trial === undefined ? {} : { trial }),
    written: (one) => (trial === undefined ? relativeTo(file, one) : path.resolve(one)),
  })
  const steps = folder ? timedSteps.published : timedSteps.scratch
  const timed = async (facts: SizeFacts, design: Design): Promise<Timing> => {
    const few = { ...design, learn: { steps: steps.teacher }, student_budget: { steps: steps.student } }
    const timing = await time(formatted(file, specText(parts(facts, few, trialExamples))))
    return ofWholeData(timing, { examples: trainingExamples(found), tokenizing })
  }
  const whole: SizeFacts = { found, lengths, recipe, folder }
  const first = await timed(whole, designOf(1, whole))
  const facts = folder ? whole : inTime(first, minutes, whole)
  const rung = folder ? 1 : chooseRung(first, minutes, facts, whole)
  const design = designOf(rung, facts)
  const timing = rung === 1 && facts === whole ? first : await timed(facts, design)
  const fitting = budgets(design, timing, minutes, facts)
  return {
    text: formatted(file, specText(parts(facts, fitting))),
    design: fitting,
    student: recipes[recipe]({ ...fitting, task: taskText(found) }).student.join(', '),
    seconds: foreseen(fitting, timing, facts),
    backend: timing.backend,
    slowdown: timing.slowdown,
  }
}

/** Examples whose steps are timed: to read all would take minutes if there are many. */
const trialExamples = 1_000

/** Epochs of all examples, and the time to read them. */
function ofWholeData(
  { fixed, stages, ...rest }: Timing,
  { examples, tokenizing }: { readonly examples: number; readonly tokenizing: number },
): Timing {
  const times = Math.max(1, examples / trialExamples)
  const scaled = [...stages].map(([name, { step, stepsPerEpoch }]) => {
    return [name, { step, stepsPerEpoch: Math.ceil(stepsPerEpoch * times) }] as const
  })
  // The command itself starts in about two seconds.
  return { fixed: fixed + tokenizing + 2, stages: new Map(scaled), ...rest }
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
