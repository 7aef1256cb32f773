/** What is said between the caller and the thread that ONNX Runtime runs in. Everything here can be cloned into a message. */
import type { RandomKey } from '../../graph/graph.ts'
import type { UpdateRule } from '../../run/update-rule.ts'
import type { MaskOp } from '../wasm/dropout.ts'

export type FeedType = 'float32' | 'int32' | 'int64' | 'bool'
export type FeedData = Float32Array | Int32Array | BigInt64Array | Uint8Array
export interface Feed {
  readonly type: FeedType
  readonly data: FeedData
  readonly dims: readonly number[]
}
export interface Feeds {
  readonly [name: string]: Feed
}
export interface Fetched {
  readonly data: Float32Array | Int32Array | Uint8Array
  readonly dims: readonly number[]
}

/** A dropout mask that the thread draws itself. */
export interface MaskRequest {
  /** The model's input. */
  readonly name: string
  /** Whether it is of factors, or of bytes that say what is kept. */
  readonly op: MaskOp
  readonly site: string
  readonly rate: number
  readonly axes: readonly string[]
  readonly shape: readonly number[]
  readonly samples: Int32Array
  readonly positions?: { readonly places: Int32Array; readonly L: number }
}

/** Values of a weight or of a moment that the thread does not have, or has in an older version. */
export interface Assigned {
  readonly name: string
  readonly data: Float32Array
  readonly dims: readonly number[]
}

export interface UpdateOf {
  readonly name: string
  readonly slots: readonly string[]
  readonly rule: UpdateRule
}

/** Each request by its kind; answers are below. */
export interface Requests {
  /** A model, or the path of its file. */
  load: { readonly session: number; readonly model: Uint8Array | string }
  free: { readonly session: number }
  run: {
    readonly session: number
    readonly feeds: Feeds
    /** Values of the thread that are inputs of the model: by the input's name. */
    readonly resident: { readonly [input: string]: string }
    readonly masks: readonly MaskRequest[]
    readonly random: RandomKey
    /** Outputs that stay, by what they are gradients of. */
    readonly gradients: { readonly [output: string]: string }
  }
  assign: { readonly values: readonly Assigned[] }
  norm: { readonly names: readonly string[] }
  gradient: { readonly name: string }
  update: { readonly updates: readonly UpdateOf[] }
  discard: Record<never, never>
  read: { readonly name: string }
  release: { readonly name: string }
  memory: Record<never, never>
  providers: Record<never, never>
}
export type Kind = keyof Requests

export interface Answers {
  load: undefined
  free: undefined
  run: { readonly [output: string]: Fetched }
  assign: undefined
  norm: number
  gradient: Float32Array
  update: undefined
  discard: undefined
  read: Float32Array
  release: undefined
  memory: { readonly values: number; readonly bytes: number }
  /** Names of execution providers; `bundled`: all that they need is in the package. */
  providers: readonly { readonly name: string; readonly bundled: boolean }[]
}

export interface Message {
  readonly kind: Kind
  readonly request: Requests[Kind]
}

/** What the thread is started with. */
export interface ThreadOptions {
  readonly threads: number
  /** An execution provider of ONNX Runtime: `cpu`, `webgpu` .. */
  readonly provider: string
}
