/**
 * Runs TensorFlow.js's own tests, as they come inside `@tensorflow/tfjs-core`, on the native backend, and writes what became of each as JSON. A process of its own:
 * those tests register kernels and backends for the whole process.
 *
 *     node --import tsx test/tfjs/run.ts RESULTS SMALLEST [PART OF A NAME]
 *
 * SMALLEST: the size of results from which on oneDNN is asked; 1 for all sizes, `default` for what users have.
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { getKernelsForBackend } from '@tensorflow/tfjs-core'
import { backendName } from '../../src/backends/native/tfjs/index.ts'

const require = createRequire(import.meta.url)

interface Spec {
  getFullName(): string
}
interface Result {
  readonly fullName: string
  readonly status: string
  readonly failedExpectations: readonly { readonly message: string }[]
}
interface Jasmine {
  readonly getEnv: () => {
    configure(options: { random: boolean; specFilter: (spec: Spec) => boolean }): void
    addReporter(reporter: { specDone: (result: Result) => void }): void
    execute(): Promise<unknown>
  }
}

export interface TestResult {
  /** Without the environment's name. */
  readonly name: string
  /** passed, failed, or pending: switched off where it is written. */
  readonly status: string
  readonly message: string
}

export interface SuiteResults {
  readonly tests: readonly TestResult[]
  readonly registered: readonly string[]
  /** Kernels that some test ran. */
  readonly called: readonly string[]
}

const [file, smallest, wanted] = process.argv.slice(2)
if (file === undefined || smallest === undefined) throw new Error('RESULTS or SMALLEST is missing')

const kernels = getKernelsForBackend(backendName)
const called = new Set<string>()
for (const kernel of kernels) {
  const run = kernel.kernelFunc
  kernel.kernelFunc = (parameters) => {
    called.add(kernel.kernelName)
    return run(parameters)
  }
}

const jasmineRequire = require('jasmine-core')
const jasmine: Jasmine = jasmineRequire.boot(jasmineRequire)
const { BROWSER_ENVS, setTestEnvs } = require('@tensorflow/tfjs-core/dist/jasmine_util.js')
const flags = smallest === 'default' ? {} : { DISTILL_NATIVE_HOST_SIZE: Number(smallest) }
setTestEnvs([{ name: 'native', backendName, flags, isDataSync: true }])
require('@tensorflow/tfjs-core/dist/register_all_gradients.js')

// Two suites of kernels are written for browsers, and need none.
const { predicate } = BROWSER_ENVS
BROWSER_ENVS.predicate = () => true
require('@tensorflow/tfjs-core/dist/ops/depth_to_space_test.js')
require('@tensorflow/tfjs-core/dist/ops/image/rotate_with_offset_test.js')
BROWSER_ENVS.predicate = predicate
require('@tensorflow/tfjs-core/dist/tests.js')

const tests: TestResult[] = []
const environment = jasmine.getEnv()
environment.configure({
  random: false,
  specFilter: (spec) => wanted === undefined || spec.getFullName().includes(wanted),
})
environment.addReporter({
  specDone: ({ fullName, status, failedExpectations }) => {
    const name = fullName.replace(` native ${JSON.stringify(flags)}`, '')
    tests.push({ name, status, message: failedExpectations[0]?.message ?? '' })
  },
})
await environment.execute()
const results: SuiteResults = {
  tests,
  registered: kernels.map(({ kernelName }) => kernelName).sort(),
  called: [...called].sort(),
}
writeFileSync(file, JSON.stringify(results))
