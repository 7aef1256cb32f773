/**
 * How a stage was compiled and how its step is planned, as a run keeps them: memory over the operations of a
 * step, and the time of each phase of the compiler.
 */

/** The planned step of a stage. Sizes in bytes, indices into `live`. */
export interface PlannedStep {
  /** The values held while each operation runs, thinned: of neighbours the most. */
  readonly live: readonly number[]
  readonly peak: number
  readonly peakAt: number
  /** What is computed there: `gradient of S.layer[3]`. */
  readonly peakName: string
  /** Where gradients begin. */
  readonly turn: number
  /** Held beside these values all the time: weights, and moments if the backend has them. */
  readonly standing: number
}

/** Milliseconds; `at` from the beginning of the compiler. */
export interface CompileSpan {
  readonly name: string
  readonly kind: 'front' | 'forward' | 'step' | 'plan'
  readonly at: number
  readonly ms: number
  /** Whether a pass changed the graph; absent for what is no pass. */
  readonly changed?: boolean
  readonly note?: string
}

/** Of one stage: its planned step and what compiling it took. */
export interface CompiledStage {
  readonly planned: PlannedStep
  readonly spans: readonly CompileSpan[]
}

/** The events of metrics.jsonl at the beginning of a stage. */
export function compiledEvents({ planned, spans }: CompiledStage): { readonly [key: string]: unknown }[] {
  const { live, peak, peakAt, peakName, turn, standing } = planned
  return [
    { event: 'plan', live, peak, peak_at: peakAt, peak_name: peakName, turn, standing },
    { event: 'compile', spans: spans.map((span) => ({ ...span, at: round(span.at), ms: round(span.ms) })) },
  ]
}

function round(ms: number): number {
  return Number(ms.toFixed(2))
}
