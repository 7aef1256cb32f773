/** What a training is asked for: the options of `distill train`, under names of a program. */
import type { SweptSetting } from '../check/program.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Wire } from '../cluster/wire.ts'

/** What a run is asked for; absent: as the resumed run was started, otherwise the default. */
export interface RunOptions {
  /** In place of those of the spec. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** Only these stages, or families of stages. */
  readonly stages?: readonly string[] | undefined
  /** `auto` (the default) is the fastest that starts here. */
  readonly backend?: string | undefined
  /** Of the initial weights, the order of examples and dropout; 0 by default. */
  readonly seed?: number | undefined
  /** At most so many steps a stage. */
  readonly maxSteps?: number | undefined
  /** Random weights in place of checkpoints. */
  readonly randomWeights?: boolean | undefined
  /** Runs every stage for two steps, with evaluation, saving and loading, and keeps nothing. */
  readonly dryRun?: boolean | undefined
  /** Bytes: activations are recomputed so that a stage fits; one that cannot is an error. */
  readonly memory?: number | undefined
  /** Bytes that cached values of frozen teachers may take. */
  readonly cache?: number | undefined
  /** Gradient norms of the loss terms: at each logged step (true), never (false), or at a low rate. */
  readonly termGradients?: boolean | undefined
  /**
   * The parts in which a batch is computed, a power of two (default: 1; by several processes 8, or more where
   * there are more). Their number changes the last bits of the weights, that of the processes does not.
   */
  readonly parts?: number | undefined
  /**
   * The type of gradients that travel between processes (default: float32). In bf16 they have half the bytes;
   * the weights have other bits, which depend on the number of processes.
   */
  readonly wire?: Wire | undefined
  /** Compares the first steps of each stage with the reference, on the run's own data. */
  readonly verifyStart?: boolean | undefined
  /** Continues a run with what changes its bits, too: another backend, version or processor (else E1018). */
  readonly allowInexact?: boolean | undefined
  /** A folder for event files of TensorBoard. Each run has a folder in it. */
  readonly tensorboard?: string | undefined
  /** `none`, or `-NAME,-NAME`: optimizations that are left out. */
  readonly passes?: string | undefined
}

export interface TrainOptions extends RunOptions {
  /** The folder of the run or sweep (default: runs/DATE-SPEC). */
  readonly out?: string | undefined
  /** Goes on with the last run of the spec, or the one in `out`. */
  readonly resume?: boolean | undefined
  /** One run for each combination of values, beside those that the spec itself sweeps. */
  readonly sweep?: readonly SweptSetting[] | undefined
  /** Number of runs with consecutive seeds. */
  readonly seeds?: number | undefined
  /**
   * Takes free runs of the sweep in `out`, beside other processes that do the same, and waits for theirs. The
   * first process begins the sweep.
   */
  readonly join?: boolean | undefined
  /** Trains again the runs of a sweep that used another spec or other data. */
  readonly rerun?: boolean | undefined
  /** The processes that train together; absent: this one alone. */
  readonly cluster?: Cluster | undefined
  /** Once aborted, the run saves after the current step and ends. */
  readonly signal?: AbortSignal | undefined
}
