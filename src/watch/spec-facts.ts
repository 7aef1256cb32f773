/** What the spec of a run says about its pictures: limits, weights of terms, metrics, and roles of models. */
import type { Stage } from '../check/program.ts'
import { openRun } from '../library/open-run.ts'
import type { MetricData } from '../report/charts/words.ts'
import { castOf } from '../report/roles.ts'
import type { Role, StageData } from '../report/schema.ts'
import { metrics } from '../train/metrics/index.ts'
import { RunPlan } from '../train/run-plan.ts'
import { momentAt } from '../train/schedule.ts'
import { slopeOf } from '../train/slope.ts'

export interface StageFacts {
  /** From 1. */
  readonly number: number
  readonly clip?: number
  /** Undefined where the weights change within the stage, or the loss is more than a weighted sum. */
  readonly terms?: StageData['terms']
  readonly metric?: MetricData
}

export interface SpecFacts {
  readonly stages: ReadonlyMap<string, StageFacts>
  readonly roles: ReadonlyMap<string, Role>
}

/** Of a run whose spec cannot be read, nothing is known: its log is drawn without these. */
export function specFacts(run: string): SpecFacts {
  try {
    const { program, config } = openRun(run)
    const stages = program.stages.filter(({ data }) => data !== undefined)
    return {
      stages: new Map(stages.map((stage, i) => [stage.name, stageFacts(stage, i + 1)])),
      roles: castOf(program, new RunPlan(program, config.stages)).roles,
    }
  } catch {
    return { stages: new Map(), roles: new Map() }
  }
}

function stageFacts(stage: Stage, number: number): StageFacts {
  const { optimizer, keep, evaluate } = stage
  const terms = weightsOf(stage)
  const name = (keep?.best ?? evaluate[0])?.metric
  return {
    number,
    ...(optimizer?.clip === undefined ? {} : { clip: optimizer.clip }),
    ...(terms ? { terms } : {}),
    ...(name === undefined
      ? {}
      : {
          metric: { name, share: metrics[name].share, higher_is_better: metrics[name].better === 'higher' },
        }),
  }
}

function weightsOf({ minimize, terms }: Stage): StageData['terms'] | undefined {
  const values = new Map(terms.map(({ term }) => [term, 1]))
  const found = terms.flatMap(({ name, term }) => {
    const [first, last] = [0, 1].map((step) => slopeOf(minimize, term, values, momentAt(step, 1, 1)))
    return first !== undefined && first === last ? [{ name, weight: first }] : []
  })
  return found.length === terms.length ? found : undefined
}
