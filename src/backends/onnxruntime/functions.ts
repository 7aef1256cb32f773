/**
 * The functions of ONNX Runtime's C API that are called: the position of each in the library's table
 * (positions never change, later versions append), and its arguments. The names are those of the project's
 * `onnxruntime_c_api.h`, with a lower-case first letter.
 */
import type { ForeignType } from '../foreign/foreign.ts'

/** The requested version of the table. It has all of these functions, and every later library has it. */
export const tableVersion = 20

interface Entry {
  readonly at: number
  readonly parameters: readonly ForeignType[]
}

const address = 'address'

/** They give a status, which is 0 or an error. What they make is written to the address given last. */
export const checked = {
  /** env, path, options, session* */
  createSession: { at: 7, parameters: [address, address, address, address] },
  /** env, model, its bytes, options, session* */
  createSessionFromArray: { at: 8, parameters: [address, address, 'int64', address, address] },
  /** session, options, names of inputs, inputs, their number, names of outputs, their number, outputs */
  run: {
    at: 9,
    parameters: [address, address, address, address, 'int64', address, 'int64', address],
  },
  createSessionOptions: { at: 10, parameters: [address] },
  disableMemPattern: { at: 17, parameters: [address] },
  /** name, domain* */
  createCustomOpDomain: { at: 26, parameters: ['text', address] },
  /** domain, operator */
  customOpDomainAdd: { at: 27, parameters: [address, address] },
  /** options, domain */
  addCustomOpDomain: { at: 28, parameters: [address, address] },
  setSessionLogSeverityLevel: { at: 22, parameters: [address, 'int32'] },
  setSessionGraphOptimizationLevel: { at: 23, parameters: [address, 'int32'] },
  setIntraOpNumThreads: { at: 24, parameters: [address, 'int32'] },
  setInterOpNumThreads: { at: 25, parameters: [address, 'int32'] },
  /** memory info, data, bytes, shape, rank, type of elements, value* */
  createTensorWithDataAsOrtValue: {
    at: 49,
    parameters: [address, address, 'int64', address, 'int64', 'int32', address],
  },
  /** value, data* */
  getTensorMutableData: { at: 51, parameters: [address, address] },
  /** allocator: 0 for that of the device, kind of memory: 0 for the default, info* */
  createCpuMemoryInfo: { at: 69, parameters: ['int32', 'int32', address] },
  /** level of logging, name, options of threads, env* */
  createEnvWithGlobalThreadPools: { at: 119, parameters: ['int32', 'text', address, address] },
  disablePerSessionThreads: { at: 120, parameters: [address] },
  createThreadingOptions: { at: 121, parameters: [address] },
  setGlobalIntraOpNumThreads: { at: 147, parameters: [address, 'int32'] },
  setGlobalInterOpNumThreads: { at: 148, parameters: [address, 'int32'] },
  /** names*, number* */
  getAvailableProviders: { at: 125, parameters: [address, address] },
  releaseAvailableProviders: { at: 126, parameters: [address, 'int32'] },
  /** options, key, value */
  addSessionConfigEntry: { at: 130, parameters: [address, 'text', 'text'] },
  /** options, name, keys, values, their number */
  sessionOptionsAppendExecutionProvider: {
    at: 216,
    parameters: [address, 'text', address, address, 'int64'],
  },
} as const satisfies { readonly [name: string]: Entry }

/** They give nothing, or what they look up. */
export const unchecked = {
  getErrorMessage: { at: 2, parameters: [address], result: address },
  releaseEnv: { at: 92, parameters: [address], result: 'void' },
  releaseStatus: { at: 93, parameters: [address], result: 'void' },
  releaseMemoryInfo: { at: 94, parameters: [address], result: 'void' },
  releaseSession: { at: 95, parameters: [address], result: 'void' },
  releaseValue: { at: 96, parameters: [address], result: 'void' },
  releaseThreadingOptions: { at: 122, parameters: [address], result: 'void' },
  releaseCustomOpDomain: { at: 101, parameters: [address], result: 'void' },
  releaseSessionOptions: { at: 100, parameters: [address], result: 'void' },
} as const satisfies { readonly [name: string]: Entry & { readonly result: ForeignType } }
