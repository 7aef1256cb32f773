/**
 * The examples of each optimizer step of a stage. The order of an epoch depends only on seed, stage and
 * epoch, so a resumed run needs only its step.
 */
import type { Stage } from '../check/program.ts'
import { cutBatch, splitMicrobatches } from '../data/batching.ts'
import type { Batch, Dataset, Example, SplitName } from '../data/dataset.ts'
import type { TextRow } from '../data/rows/form.ts'
import type { Tokenizer } from '../data/tokenizer/tokenizer.ts'
import { examplesAtOnce } from '../graph/examples-at-once.ts'
import type { RandomKey } from '../graph/graph.ts'
import { requireWholeBatch } from './whole-batch.ts'

/** The interface of data for training. The command line implements it with src/data. */
export interface DataProvider {
  /** Throws DiagnosticError E0801 with every file of these blocks that is missing. */
  requireFiles(names: Iterable<string>): void
  /** Read and encoded once. */
  dataset(name: string): Dataset
  /** The texts of a split as its files have them. They are read at each call and not kept. */
  rows(name: string, split: SplitName): readonly TextRow[]
  /**
   * The training batches of an epoch (from 0), in order. One may be smaller. Every epoch has equally many.
   */
  epoch(name: string, plan: EpochPlan): readonly (readonly Example[])[]
  /**
   * Pads and masks a batch, and encodes its labels. Dynamic masking depends on `random`, the epoch and the
   * example's id.
   */
  batch(
    name: string,
    examples: readonly Example[],
    random: RandomKey,
    epoch?: number,
    /** Overrides the block's own padding. */
    pad?: 'longest' | 'max_length',
  ): Batch
  /** How a block's batches are padded. */
  padding(name: string): 'longest' | 'max_length'
  /** Examples of a split for evaluation, in batches of similar lengths. */
  evaluation(name: string, split: SplitName, size: number): readonly (readonly Example[])[]
  /** The tokenizer of a block. */
  tokenizer(name: string): Tokenizer
  /** The same data with other training examples in one block. */
  withTraining(name: string, examples: readonly Example[]): DataProvider
  /** Describes the data: files, hashes, counts. A run can be resumed if and only if this is equal. */
  fingerprint(name: string): Record<string, string>
}

export interface EpochPlan {
  readonly batch: number
  readonly seed: number
  readonly stage: string
  readonly epoch: number
  /** Leaves out examples that do not fill a batch. */
  readonly partial?: 'drop'
}

/** How the batches of a stage are split. */
export interface Parts {
  /** The number of tokens that are best computed at once (plan/micro-batches.ts); undefined: all. */
  readonly tokens?: number | undefined
  /** Whether its losses depend on the padded length of a batch. */
  readonly readsPadding?: boolean
  /** Parts of a batch that are computed apart from each other, by several ranks; absent: 1. */
  readonly parts?: number
}

/** Number of steps of a stage: its budget, at most `limit`. */
export function stepsOf({ budget }: Stage, stepsPerEpoch: number, limit?: number): number {
  const own = budget
    ? budget.unit === 'steps'
      ? budget.amount
      : Math.ceil(budget.amount * stepsPerEpoch)
    : 0
  return limit === undefined ? own : Math.min(own, limit)
}

/**
 * The micro-batches of a batch in parts. They depend on the number of parts alone, not on that of the ranks.
 * `whole`: micro-batches stay as they would be without parts, because each counts as a batch.
 */
function divided(
  { B, ...batch }: Batch,
  {
    microbatch,
    tokens,
    parts,
    whole,
  }: { microbatch: number; tokens: number | undefined; parts: number; whole: boolean },
  padding: 'longest' | 'max_length',
): readonly Batch[] {
  const cuts: { end: number; part: number }[] = []
  const cut = (from: number, to: number, part: (at: number) => number): void => {
    const size = examplesAtOnce({ B: Math.min(microbatch, to - from), L: batch.L }, tokens)
    for (let at = from; at < to; at += size) cuts.push({ end: Math.min(to, at + size), part: part(at) })
  }
  if (whole) {
    cut(0, B, () => 0)
    cuts.forEach((one, k) => {
      one.part = Math.floor((k * parts) / cuts.length)
    })
  } else
    for (let part = 0; part < parts; part++)
      cut(Math.floor((part * B) / parts), Math.floor(((part + 1) * B) / parts), () => part)
  const ends = cuts.map(({ end }) => end)
  return cutBatch({ B, ...batch }, ends, padding).map((one, k) => ({ ...one, part: cuts[k]?.part ?? 0 }))
}

export class StageFeed {
  readonly stepsPerEpoch: number
  private readonly stage: Stage
  private readonly data: string
  private readonly provider: DataProvider
  private readonly seed: number
  private current: { epoch: number; batches: readonly (readonly Example[])[] }

  /** Throws DiagnosticError E0862 if a stage without partial batches has no complete one. */
  constructor(stage: Stage, data: string, provider: DataProvider, seed: number) {
    requireWholeBatch(stage, data, provider.dataset(data).splits.get('train')?.length ?? 0)
    this.stage = stage
    this.data = data
    this.provider = provider
    this.seed = seed
    this.current = { epoch: 0, batches: this.plan(0) }
    this.stepsPerEpoch = this.current.batches.length
  }

  /** Number of steps of the stage: its budget, at most `limit`. */
  total(limit?: number): number {
    return stepsOf(this.stage, this.stepsPerEpoch, limit)
  }

  /**
   * The micro-batches of a step (from 0 within the stage): those of the spec, split further if fewer tokens
   * are best computed at once. Each is padded to its own longest text. If a loss reads padding, it is padded
   * as the complete batch is, so that the sum over parts is that of the batch. With `normalise = microbatch`,
   * the mean of means, each micro-batch counts as a batch.
   */
  at(
    step: number,
    random: RandomKey,
    { tokens, readsPadding = false, parts = 1 }: Parts = {},
  ): readonly Batch[] {
    const epoch = Math.floor(step / this.stepsPerEpoch)
    if (this.current.epoch !== epoch) this.current = { epoch, batches: this.plan(epoch) }
    const examples = this.current.batches[step % this.stepsPerEpoch] ?? []
    const batch = this.provider.batch(this.data, examples, random, epoch)
    const { microbatch = batch.B, normalise } = this.stage
    const padding = readsPadding && normalise === 'batch' ? 'max_length' : this.provider.padding(this.data)
    if (parts > 1)
      return divided(batch, { microbatch, tokens, parts, whole: normalise === 'microbatch' }, padding)
    const size = examplesAtOnce({ B: microbatch, L: batch.L }, tokens)
    return size >= batch.B ? [batch] : splitMicrobatches(batch, size, padding)
  }

  private plan(epoch: number): readonly (readonly Example[])[] {
    const { stage, seed } = this
    const { batch, name, partial } = stage
    const whole = partial === undefined ? {} : { partial }
    return this.provider.epoch(this.data, { batch, seed, stage: name, epoch, ...whole })
  }
}
