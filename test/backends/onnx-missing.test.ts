/** Where ONNX Runtime is not installed its runner is refused, with the reason. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** A process reads this first. */
const hidden = `const Module = require('node:module')
const resolve = Module._resolveFilename
Module._resolveFilename = function (name, ...rest) {
  if (name.split('/')[0] === 'onnxruntime-node') throw new Error("Cannot find module 'onnxruntime-node'")
  return resolve.call(this, name, ...rest)
}
`

const refused = `import { createRunner } from '${root}src/backends/index.ts'
import { reasonOf } from '${root}src/backends/reason.ts'
await createRunner('onnxruntime').catch((error) => console.log(reasonOf(error)))
`

it('says that onnxruntime-node is not installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-missing-'))
  try {
    const [hook, script] = [join(folder, 'hidden.cjs'), join(folder, 'refused.mts')]
    writeFileSync(hook, hidden)
    writeFileSync(script, refused)
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: `--require ${hook}` },
      timeout: 30_000,
      killSignal: 'SIGKILL',
    })
    expect({ stdout, status }).toEqual({ stdout: 'onnxruntime-node is not installed\n', status: 0 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)
