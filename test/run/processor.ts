/** What this processor can do, for tests of products in low precision. */
import { type BackendName, createRunner } from '../../src/backends/index.ts'
import { type Precision, productsIn } from '../../src/graph/precision.ts'
import { int8Error } from '../../src/run/int8-error.ts'

/** Whether a backend computes in a precision here: on x86, bf16 of `native` is there from AVX-512 on, and int8 is exact from VNNI on. Rejects where the backend does not start. */
export async function computesIn(backend: BackendName, precision: Precision): Promise<boolean> {
  if (precision === 'float32') return true
  const runner = await createRunner(backend)
  try {
    if (precision === 'int8') return int8Error(runner) === 0
    return runner.capabilities?.has(productsIn(precision)) === true
  } finally {
    runner.dispose()
  }
}
