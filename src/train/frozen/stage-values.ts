/** The values of a stage's frozen models in a run, or ahead of it. */
import type { Stage } from '../../check/program.ts'
import { onAny } from '../../cluster/cluster.ts'
import { undivided } from '../../cluster/division.ts'
import type { FrozenPart } from '../../optimize/pass.ts'
import type { DataProvider } from '../feed.ts'
import type { ParameterStore } from '../parameters.ts'
import type { TrainOptions } from '../train-options.ts'
import { cacheLimits, unlimited } from './cache-limits.ts'
import { type FrozenMode, FrozenValues } from './frozen-values.ts'

export function stageValues(
  frozen: FrozenPart,
  of: {
    readonly stage: Stage
    readonly dataName: string
    readonly data: DataProvider
    /** Steps of the whole stage. */
    readonly total: number
    /** How the stage got them before it was interrupted. */
    readonly before: FrozenMode | undefined
    /** Whether records are computed for a later training. */
    readonly ahead?: boolean
  },
  run: { readonly options: TrainOptions; readonly store: ParameterStore },
): FrozenValues {
  const { stage, dataName, data, total, ahead } = of
  const { program, runner, folder, seed, observer, cache, shared, division } = run.options
  const { cluster } = division ?? undivided
  const valuesOf = (before: FrozenMode | undefined): FrozenValues =>
    new FrozenValues({
      stage,
      frozen,
      runner,
      store: run.store,
      data,
      dataName,
      maxLength: program.data.get(dataName)?.maxLength ?? 0,
      steps: total,
      random: { seed, stage: stage.name, step: 0 },
      file: folder.frozenOf(stage.name),
      disk: folder.disk,
      limits: ahead && cluster.rank > 0 ? unlimited : cacheLimits(folder, cache, stage.name),
      shared,
      cluster,
      before,
      ahead,
    })
  let values = valuesOf(of.before)
  // A machine of a cluster may lack the room: then all compute them.
  const isAnyComputed = onAny(cluster, values.mode === 'computed', 'how it computes frozen values')
  if (isAnyComputed && values.mode === 'kept') values = valuesOf('computed')
  if (values.note !== undefined) observer.note?.(values.note)
  return values
}
