/**
 * The part of JavaScript's WebAssembly interface that is used here. TypeScript has it only in the complete
 * library of a browser.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer | SharedArrayBuffer
    /** Adds pages of 64 KiB; gives how many there were. */
    grow(pages: number): number
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
  }
  class CompileError extends Error {}
  type Exports = { readonly [name: string]: unknown }
  class Instance {
    constructor(module: Module, imports: { readonly [module: string]: { readonly [name: string]: unknown } })
    readonly exports: Exports
  }
}
