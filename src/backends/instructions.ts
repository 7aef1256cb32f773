/**
 * The instructions of the processor that change bits: libraries in C choose other kernels with other ones,
 * and add in another order or without rounding between.
 */
import { cpus } from 'node:os'
import { fileText } from '../files/regular-file.ts'

/** Of x86, then of ARM, as Linux names them. */
const choosing = [
  ...['sse4_1', 'avx', 'f16c', 'fma', 'avx2', 'avx_vnni', 'avx512f', 'avx512bw', 'avx512dq', 'avx512vl'],
  ...['avx512_vnni', 'avx512_bf16', 'avx512_fp16', 'amx_tile', 'amx_int8', 'amx_bf16'],
  ...['asimd', 'asimdhp', 'asimddp', 'bf16', 'i8mm', 'sve', 'sve2', 'sme'],
]

/** `x64 avx fma avx2`. Where the system does not list them, the model of the processor: `arm64 Apple M2`. */
export function instructionsOf(text: () => string = () => fileText('/proc/cpuinfo')): string {
  let listed: ReadonlySet<string>
  try {
    listed = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text())?.[1]?.split(/\s+/))
  } catch {
    listed = new Set()
  }
  const found = choosing.filter((name) => listed.has(name))
  return [process.arch, ...(found.length > 0 ? found : [cpus()[0]?.model.trim() ?? 'unknown'])].join(' ')
}
