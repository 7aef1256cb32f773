/** Which package of TensorFlow is taken, and what is said of those that do not load: stand-ins in a folder of their own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { loadTensorflow } from '../../src/backends/tensorflow/load.ts'
import { locateTensorflow } from '../../src/backends/tensorflow/locate.ts'
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts'

const root = new URL('../..', import.meta.url).pathname
const home = mkdtempSync(join(tmpdir(), 'tensorflow-packages-'))
afterAll(() => rmSync(home, { recursive: true }))

const broken = "throw new Error('libcudart.so.11.0: cannot open shared object file\\nRequire stack')"
/** TensorFlow.js's plain backend under the name of the native one. */
const starts = (gpu: boolean): string => `const { createRequire } = require('node:module')
const require_ = createRequire('${root}package.json')
const tf = require_('@tensorflow/tfjs-core')
const { MathBackendCPU } = require_('@tensorflow/tfjs-backend-cpu')
class StandIn extends MathBackendCPU {
  isUsingGpuDevice = ${gpu}
  binding = { TF_Version: '2.9.1' }
}
if (tf.findBackendFactory('tensorflow') !== null) tf.removeBackend('tensorflow')
tf.registerBackend('tensorflow', () => new StandIn())
module.exports = tf
`

let folders = 0
/** A folder with these packages, by what comes behind `tfjs-node`. */
function folderWith(packages: { readonly [suffix: string]: string }): { readonly DISTILL_TFJS_NODE: string } {
  const folder = join(home, String(folders++))
  mkdirSync(folder)
  for (const [suffix, text] of Object.entries(packages)) {
    const place = join(folder, 'node_modules/@tensorflow', `tfjs-node${suffix}`)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), JSON.stringify({ version: '4.22.0', main: 'index.js' }))
    writeFileSync(join(place, 'index.js'), text)
  }
  return { DISTILL_TFJS_NODE: folder }
}

async function refusal(run: () => unknown): Promise<object> {
  try {
    await run()
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0] ?? {}
    throw error
  }
  throw new Error('it starts')
}

describe('where none is installed', () => {
  it('proposes the one for the processor', async () => {
    const { DISTILL_TFJS_NODE } = folderWith({})
    expect(await refusal(() => locateTensorflow({ DISTILL_TFJS_NODE }, false))).toMatchObject({
      code: 'E1120',
      help: expect.stringMatching(/^npm install @tensorflow\/tfjs-node, or name a folder/),
    })
  })

  it('proposes the one for GPUs first where there is one of NVIDIA', async () => {
    const { DISTILL_TFJS_NODE } = folderWith({})
    expect(await refusal(() => locateTensorflow({ DISTILL_TFJS_NODE }, true))).toMatchObject({
      help: expect.stringMatching(/^npm install @tensorflow\/tfjs-node-gpu .*, or @tensorflow\/tfjs-node /),
    })
  })
})

describe('where one does not load', () => {
  const noCuda =
    /@tensorflow\/tfjs-node-gpu is installed but does not load: libcudart\.so\.11\.0: cannot open shared object file/

  it('says which, and how it is made anew', async () => {
    const located = locateTensorflow(folderWith({ '-gpu': broken }))
    expect(await refusal(() => loadTensorflow(located, true))).toMatchObject({
      message: expect.stringMatching(noCuda),
      help: expect.stringMatching(/^npm rebuild @tensorflow\/tfjs-node-gpu, /),
    })
  })

  it('names both where neither does', async () => {
    const located = locateTensorflow(folderWith({ '-gpu': broken, '': broken }))
    expect(await refusal(() => loadTensorflow(located, false))).toMatchObject({
      message: expect.stringMatching(
        /tfjs-node-gpu is installed but.*; @tensorflow\/tfjs-node is installed but/,
      ),
      help: expect.stringMatching(/^npm rebuild @tensorflow\/tfjs-node-gpu @tensorflow\/tfjs-node, /),
    })
  })

  it('says on the processor why it is not on the GPU, and what would bring it there', async () => {
    const located = locateTensorflow(folderWith({ '-gpu': broken, '': starts(false) }))
    const { detail, gpu, remedy } = await loadTensorflow(located, true)
    expect([gpu, detail]).toEqual([false, expect.stringMatching(/^TensorFlow 2\.9\.1, on the processor; /)])
    expect(detail).toMatch(noCuda)
    expect(remedy).toMatch(/^npm rebuild @tensorflow\/tfjs-node-gpu, /)
    expect(await loadTensorflow(located, false)).not.toHaveProperty('remedy')
  })
})

it('the package for the processor beside a GPU of NVIDIA: says which package would use it', async () => {
  const located = locateTensorflow(folderWith({ '': starts(false) }))
  expect(await loadTensorflow(located, true)).toMatchObject({
    detail: 'TensorFlow 2.9.1, on the processor',
    remedy: expect.stringMatching(/^npm install @tensorflow\/tfjs-node-gpu /),
  })
})

it('the package for GPUs goes first, and says so where it finds none', async () => {
  const both = { '': starts(false) }
  const used = locateTensorflow(folderWith({ ...both, '-gpu': starts(true) }))
  expect(await loadTensorflow(used, true)).toMatchObject({ gpu: true, detail: 'TensorFlow 2.9.1, on a GPU' })
  const idle = locateTensorflow(folderWith({ ...both, '-gpu': starts(false) }))
  expect(await loadTensorflow(idle, true)).toMatchObject({
    gpu: false,
    detail: 'TensorFlow 2.9.1, on the processor; @tensorflow/tfjs-node-gpu finds no GPU that it can use',
  })
})

describe('in the working directory', () => {
  const here = process.cwd()
  afterEach(() => process.chdir(here))

  it('is found, but not where other users could have put it', () => {
    const { DISTILL_TFJS_NODE: folder } = folderWith({ '': starts(false) })
    process.chdir(folder)
    expect(locateTensorflow({}, false)).toMatchObject([{ entry: expect.stringContaining(folder) }])
    chmodSync(folder, 0o777)
    expect(() => locateTensorflow({}, false)).toThrowError(
      `is not loaded from ${join(folder, 'node_modules/@tensorflow/tfjs-node/index.js')}: ${folder} can be written by other users (mode 0777)`,
    )
    // the variable is the user's own word
    expect(locateTensorflow({ DISTILL_TFJS_NODE: folder }, false)).toHaveLength(1)
  })
})
