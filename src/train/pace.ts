/** How fast a stage goes, and the time that is left of it and of its run. */
import type { StageBegins, StepDone } from './observer.ts'

/** Number of steps over which the speed is averaged. */
const memory = 50

export class Pace {
  private readonly stage: StageBegins
  /** Seconds of recent steps, each from the end of the step before. */
  private steps: number[] = []
  /** Seconds of evaluations with their checkpoints, and their number. */
  private pauses = 0
  private paused = 0
  private last: number
  private evaluated = false
  private warm = false

  /** `now`: milliseconds. */
  constructor(stage: StageBegins, now: number) {
    this.stage = stage
    this.last = now
  }

  /** The next step begins now: what came before it was something else. */
  restart(now: number): void {
    this.last = now
  }

  /** A step ended. After some, the models are evaluated before the next one begins. */
  step({ step, total }: Pick<StepDone, 'step' | 'total'>, now: number): void {
    const seconds = (now - this.last) / 1000
    this.last = now
    if (this.evaluated) {
      // The time between these steps has an evaluation and a step.
      this.pauses += Math.max(0, seconds - this.secondsPerStep)
      this.paused += 1
    } else {
      // The first step prepares things, and does not count once there is another.
      if (this.steps.length === 1 && !this.warm) {
        this.steps = []
        this.warm = true
      }
      this.steps.push(seconds)
      if (this.steps.length > memory) this.steps.shift()
    }
    this.evaluated = step === total || step % this.stage.evaluateEvery === 0
  }

  /** 0 before the first step. */
  get stepsPerSecond(): number {
    return this.secondsPerStep > 0 ? 1 / this.secondsPerStep : 0
  }

  /** Seconds until the stage ends after its last step. Undefined while nothing is measured. */
  secondsOfStage({ step, total }: Pick<StepDone, 'step' | 'total'>): number | undefined {
    if (this.steps.length === 0) return undefined
    const { evaluateEvery: every } = this.stage
    return (
      (total - step) * this.secondsPerStep +
      (Math.ceil(total / every) - Math.floor(Math.max(0, step - 1) / every)) * this.pause
    )
  }

  /**
   * Seconds until the run ends: those of the stage, and of the stages that follow. Their work is taken to be
   * done as fast as that of this stage. Undefined where no stage follows, or where their work is not known.
   */
  secondsOfRun(at: Pick<StepDone, 'step' | 'total'>): number | undefined {
    const { work } = this.stage
    const left = this.secondsOfStage(at)
    if (left === undefined || work === undefined || work.later.steps === 0) return undefined
    const secondsPerWork = this.secondsPerStep / work.step
    return left + work.later.work * secondsPerWork + work.later.evaluations * this.pause
  }

  private get secondsPerStep(): number {
    return this.steps.reduce((sum, one) => sum + one, 0) / Math.max(1, this.steps.length)
  }

  /** Mean seconds of an evaluation; 0 before the first. */
  private get pause(): number {
    return this.pauses / Math.max(1, this.paused)
  }
}
