/**
 * Our own vector functions on the wasm backend's memory: assembled and compiled once, and given the very memory in which TensorFlow.js keeps its
 * tensors, so that no value is copied for them.
 */
import { Assembler } from './assembler.ts'
import { addPack, addStrip } from './gemm.ts'

export interface Vectors {
  /** See `addPack`. */
  readonly pack: (
    b: number,
    alongStride: number,
    columnStride: number,
    depth: number,
    columns: number,
    out: number,
  ) => void
  /** See `addStrip`. */
  readonly strip: (
    a: number,
    rowStride: number,
    alongStride: number,
    packed: number,
    depth: number,
    rows: number,
    columns: number,
    c: number,
    cRowStride: number,
    bias: number,
    edge: number,
  ) => void
}

/** Compiles the functions on a memory. Throws where the engine has no vector instructions. */
export function vectorsOn(memory: WebAssembly.Memory): Vectors {
  const assembler = new Assembler()
  addPack(assembler)
  addStrip(assembler)
  const module = new WebAssembly.Module(assembler.assemble())
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return exports as WebAssembly.Exports & Vectors
}
