/** The plain backend of TensorFlow.js: any machine, no native code. */
import { Executor } from '../../run/executor.ts'
import { arrayKernels } from '../tfjs/kernels/index.ts'
import { cpuDevice, tfjsVersion } from '../tfjs/load.ts'

export async function cpuRunner(): Promise<Executor> {
  return new Executor(await cpuDevice(), arrayKernels, undefined, undefined, await tfjsVersion())
}
