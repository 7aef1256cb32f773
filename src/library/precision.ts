/** Decides the precisions of a spec before its stages run on a backend. */
import { automaticPrecision } from '../backends/doctor.ts'
import { type BackendName, backendNames, capabilitiesOf, createRunner } from '../backends/index.ts'
import { type AutomaticPrecision, lowPrecisionModels } from '../check/model-precision.ts'
import type { Program, Stage } from '../check/program.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { unsupportedPrecision } from '../diagnostics/messages/backends.ts'
import { type LowPrecision, productsIn } from '../graph/precision.ts'
import type { Runner } from '../run/runner.ts'
import { requirePrecisions } from '../train/precision.ts'

/**
 * The precision of `precision = auto` on the runner. It is measured if a model of these stages has it and
 * `known` is absent. Undefined if no model has it. Rejects with E1006 or E1007 if the runner cannot compute
 * the models in their precision.
 * @param note is called with the precision
 */
export async function settlePrecisions(
  program: Program,
  stages: readonly Stage[],
  runner: Runner,
  {
    known,
    note,
  }: { readonly known?: AutomaticPrecision | undefined; readonly note?: (text: string) => void } = {},
): Promise<AutomaticPrecision | undefined> {
  const asked = stages.flatMap(({ instances }) =>
    instances.map((name) => program.instances.get(name)?.precision ?? 'float32'),
  )
  if (asked.every((precision) => precision === 'float32')) return undefined
  const automatic = asked.includes('auto') ? (known ?? automaticPrecision(runner)) : undefined
  await requirePrecisions(
    program,
    stages,
    runner,
    (precision) => backendsWith(precision, runner.name),
    automatic,
  )
  if (automatic !== undefined)
    note?.(
      `precision auto on ${runner.name}: ${automatic.read} for models that a stage reads, ${automatic.trained} for those that it trains`,
    )
  return automatic
}

/** Throws E1006 for a model in a precision that trainer programs lack. */
export function requireFloat32(program: Program, stages: readonly Stage[]): void {
  for (const stage of stages) {
    for (const { instance, precision } of lowPrecisionModels(program, stage)) {
      const help = 'distill train has it; precision = float32 is for programs'
      const { name: model, span } = instance
      throw new DiagnosticError(
        unsupportedPrecision({ span, model, precision, where: 'a trainer program', help }),
      )
    }
  }
}

/**
 * Names of the backends that have products of a precision, without the reference, which is for tests.
 * `refusing` is left out: it lacks the precision on this machine.
 */
async function backendsWith(precision: LowPrecision, refusing: string): Promise<readonly BackendName[]> {
  const names: BackendName[] = []
  for (const name of backendNames) {
    if (name === 'reference' || !(await capabilitiesOf(name)).has(productsIn(precision))) continue
    if (name === refusing || !(await startsWithout(name, precision))) names.push(name)
  }
  return names
}

/**
 * Whether a backend starts on this machine but lacks a precision that it has on others. A backend that does
 * not start prints its own remedy.
 */
async function startsWithout(name: BackendName, precision: LowPrecision): Promise<boolean> {
  try {
    const runner = await createRunner(name)
    const lacks = runner.capabilities?.has(productsIn(precision)) !== true
    runner.dispose()
    return lacks
  } catch {
    return false
  }
}
