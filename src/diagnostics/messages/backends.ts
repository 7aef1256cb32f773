/** Messages of backends: precision, memory and libraries that a machine lacks. */
import { defineMessage, type Span } from '../diagnostic.ts'

export const notEnoughMemory = defineMessage<{
  stage: string
  sizes: string
  needed: string
  parts: string
  limit: string
  remedies: readonly string[]
  span: Span
}>({
  code: 'E1005',
  title: 'a stage that needs more memory than there is',
  build: ({ stage, sizes, needed, parts, limit, remedies, span }) => ({
    message: `stage ${stage} needs ${needed} for micro-batches of ${sizes} tokens, there are ${limit}`,
    span,
    label: parts,
    help:
      remedies.length > 0
        ? remedies.join('; or ')
        : 'no micro-batch is small enough: a smaller model is needed',
  }),
})

export const unsupportedPrecision = defineMessage<{
  span: Span
  model: string
  precision: string
  /** The backend that lacks it: `backend wasm`. */
  where: string
  help: string
}>({
  code: 'E1006',
  title: 'a precision that the backend lacks',
  build: ({ span, model, precision, where, help }) => ({
    message: `\`${model}\` is in ${precision}, which ${where} does not have`,
    span,
    help,
  }),
})

export const inexactInt8 = defineMessage<{
  span: Span
  model: string
  backend: string
  off: string
  /** Precisions to write instead on this processor. */
  instead: readonly string[]
}>({
  code: 'E1007',
  title: 'a processor without exact products in int8',
  build: ({ span, model, backend, off, instead }) => ({
    message: `\`${model}\` is in int8, but products in int8 of backend ${backend} are off by ${off} on this processor`,
    span,
    help: `the processor lacks VNNI, or dot products on ARM: say ${instead.map((one) => `precision = ${one}`).join(' or ')}`,
  }),
})

export const notFaithful = defineMessage<{
  span: Span
  stage: string
  model: string
  precision: string
  path: string
  /** `a cosine`, `an agreement` */
  what: string
  value: number
  least: number
}>({
  code: 'E1008',
  title: 'a model in low precision that is not faithful enough',
  build: ({ span, stage, model, precision, path, what, value, least }) => ({
    message: `${model}.${path} in ${precision} has ${what} with float32 of ${shown(value, least)} on the first batch of stage ${stage}: less than ${shown(least, value)}`,
    span,
    help: `take a higher precision; or say fidelity = ${lower(value)}, if that is good enough`,
  }),
})

export const notAsReference = defineMessage<{
  span: Span
  backend: string
  stage: string
  /** From 1. */
  step: number
  /** `the gradient of S.layer[1].ffn.up.weight` */
  what: string
  /** Relative difference; NaN where only one of them is a number. */
  off: number
  limit: number
}>({
  code: 'E1009',
  title: 'a backend that differs from the reference',
  build: ({ span, backend, stage, step, what, off, limit }) => ({
    message: `${what} on backend ${backend} ${Number.isFinite(off) ? `differs from the reference by ${percent(off)}` : 'is not finite, on the reference it is'} in step ${step} of stage ${stage}; ${percent(limit)} is allowed`,
    span,
    help: 'nothing was trained. Take another backend (--backend wasm), and please report this with the spec and the output of `distill doctor`',
  }),
})

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))}%`
}

/** With as many digits as are needed to distinguish it from another number. */
function shown(value: number, from: number): string {
  return value.toFixed([4, 6, 8, 12].find((digits) => value.toFixed(digits) !== from.toFixed(digits)) ?? 4)
}

/** The next whole percentage below. */
function lower(value: number): string {
  return Number.isFinite(value) ? `${Math.max(0, Math.floor(100 * value))}%` : '0%'
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`

export const valueTooLargeForGpu = defineMessage<{
  adapter: string
  shape: readonly number[]
  bytes: number
  largest: number
}>({
  code: 'E1010',
  title: 'a value that is too large for the GPU',
  build: ({ adapter, shape, bytes, largest }) => ({
    message: `a value [${shape.join(', ')}] of ${mebibytes(bytes)} does not fit into one buffer of the GPU (${adapter}: ${mebibytes(largest)})`,
    help: 'make the micro-batch smaller (`microbatch = ..` in the stage), or take another backend (`--backend wasm`)',
  }),
})

export const gpuFailed = defineMessage<{ adapter: string; reason: string }>({
  code: 'E1011',
  title: 'a GPU that failed during a run',
  build: ({ adapter, reason }) => ({
    message: `the GPU (${adapter}) failed: ${reason}`,
    help: '`distill train --resume` goes on from the last checkpoint; a smaller micro-batch or `--backend wasm` needs less of it',
  }),
})

export const libraryMissing = defineMessage<{ backend: string; reason: string; remedy: string }>({
  code: 'E1120',
  title: 'a library that a backend needs is missing',
  build: ({ backend, reason, remedy }) => ({
    message: `backend ${backend} does not start: ${reason}`,
    help: remedy,
  }),
})
