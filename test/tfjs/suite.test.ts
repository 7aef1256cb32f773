import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { failing, notCalled, switchedOff, undefinedSuites } from './not-passing.ts'
import type { SuiteResults } from './run.ts'

/** TensorFlow.js's own tests, with host code for small results, as users have it, and with oneDNN for all sizes. */
function resultsOf(smallest: string): SuiteResults {
  const file = join(mkdtempSync(join(tmpdir(), 'tfjs-')), 'results.json')
  const script = new URL('run.ts', import.meta.url).pathname
  execFileSync(process.execPath, ['--import', 'tsx', script, file, smallest], { stdio: 'ignore' })
  const results: SuiteResults = JSON.parse(readFileSync(file, 'utf8'))
  return results
}

const docs = readFileSync(new URL('../../docs/backends.md', import.meta.url), 'utf8')

describe("TensorFlow.js's own tests", () => {
  it.each([
    ['as users have it', 'default'],
    ['with oneDNN for all sizes', '1'],
  ])(
    'pass on the native backend %s, but for those that are explained',
    (_, smallest) => {
      const { tests, registered, called } = resultsOf(smallest)
      const named = (status: string): string[] =>
        [...new Set(tests.filter((test) => test.status === status).map(({ name }) => name))].sort()
      expect(named('failed')).toEqual(Object.keys(failing).sort())
      expect(named('pending')).toEqual(Object.keys(switchedOff).sort())
      expect([...new Set(tests.map(({ status }) => status))].sort()).toEqual(
        [...(Object.keys(failing).length > 0 ? ['failed'] : []), 'passed', 'pending'].sort(),
      )
      expect(registered.filter((kernel) => !called.includes(kernel))).toEqual(notCalled)
      const passed = tests.filter(({ status }) => status === 'passed').length
      const failed = tests.filter(({ status }) => status === 'failed').length
      expect(
        /\d+ kernels; \d+ tests pass, \d+ fail, and TensorFlow\.js itself disables \d+/.exec(docs)?.[0],
      ).toBe(
        `${registered.length} kernels; ${passed} tests pass, ${failed} fail, and TensorFlow.js itself disables ${named('pending').length}`,
      )
      for (const name of [...Object.keys(failing), ...Object.values(switchedOff)])
        expect([name, docs.includes(name)]).toEqual([name, true])
    },
    240_000,
  )

  it('are all there, but for what is written for browsers or for another backend', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/dist/tests.js'))
    const environments = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('_test.js'))
      .flatMap((file) => [
        ...readFileSync(join(folder, file), 'utf8').matchAll(
          /^describeWithFlags\([^,]*, (\w+|\{ predicate: .*'cpu')/gm,
        ),
      ])
      .map((match) => match[1] ?? '')
    const absent = environments.filter((name) => /BROWSER_ENVS|CHROME_ENVS|predicate/.test(name))
    const runAllTheSame = 2
    expect(absent.length - runAllTheSame).toBe(undefinedSuites)
    expect(/(\d+) suites are not defined on Node/.exec(docs)?.[1]).toBe(`${undefinedSuites}`)
  })
})
