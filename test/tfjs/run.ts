/**
 * Runs TensorFlow.js's own tests, as they come inside `@tensorflow/tfjs-core`, on the native backend, and writes what became of each as JSON. A process of its
 * own: those tests register kernels and backends for the whole process. Twice: with host code for small results, as users have it, and with oneDNN for all sizes.
 *
 *     node --import tsx test/tfjs/run.ts RESULTS [PART OF A NAME]
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
  readonly name: string
  readonly status: string
  readonly message: string
}

const jasmineRequire = require('jasmine-core')
const jasmine: Jasmine = jasmineRequire.boot(jasmineRequire)
Object.assign(globalThis, jasmineRequire.interface?.(jasmine, jasmine.getEnv()) ?? {}, { jasmine })
const { setTestEnvs } = require('@tensorflow/tfjs-core/dist/jasmine_util.js')
setTestEnvs([
  { name: 'as shipped', backendName, isDataSync: true },
  { name: 'all sizes', backendName, flags: { DISTILL_NATIVE_HOST_SIZE: 1 }, isDataSync: true },
])
require('@tensorflow/tfjs-core/dist/register_all_gradients.js')
require('@tensorflow/tfjs-core/dist/tests.js')

const results: TestResult[] = []
const [file, wanted] = process.argv.slice(2)
if (file === undefined) throw new Error('the file to write to is missing')
const environment = jasmine.getEnv()
environment.configure({
  random: false,
  specFilter: (spec) => wanted === undefined || spec.getFullName().includes(wanted),
})
environment.addReporter({
  specDone: ({ fullName, status, failedExpectations }) => {
    results.push({ name: fullName, status, message: failedExpectations[0]?.message ?? '' })
  },
})
await environment.execute()
writeFileSync(file, JSON.stringify(results))
