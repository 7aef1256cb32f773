/** However a process ends that has a GPU, it ends as it would without; and what it says where there is none. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { standingOf } from '../required.ts'
import { describeStanding } from '../run/describe-standing.ts'

describeStanding('webgpu', await standingOf('webgpu'), () => {
  const root = new URL('../..', import.meta.url).pathname
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-exit-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Leaves much for the GPU to do, then ends in the given way. */
  function ended(
    way: string,
    environment: NodeJS.ProcessEnv = {},
  ): { readonly status: number | null; readonly out: string; readonly err: string } {
    const path = join(folder, 'ends.mts')
    writeFileSync(
      path,
      `import { webGpuRunner } from '${root}src/backends/webgpu/index.ts'
const runner = await webGpuRunner().catch(({ message }) => {
  console.log(message)
  process.exit(0)
})
for (let n = 0; n < 300; n++) runner.gpu.release(runner.gpu.zeros({ shape: [100000], dtype: 'float32' }))
console.log('begun')
${way}
`,
    )
    const run = spawnSync(process.execPath, ['--import', 'tsx', path], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    })
    return { status: run.status, out: run.stdout, err: run.stderr }
  }

  it.each([
    ['by itself, the runner disposed of', 'runner.dispose()', 0],
    ['by itself, nothing disposed of', '', 0],
    ['by process.exit', 'process.exit(0)', 0],
    ['by process.exit a little later, with another code', 'setTimeout(() => process.exit(3), 5)', 3],
  ])('%s', (_title, way, status) => {
    expect(ended(way)).toEqual({ status, out: 'begun\n', err: '' })
  })

  it('says in one line what is missing where there is no driver', () => {
    // Where the loader of Vulkan looks for drivers.
    const nowhere = { VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json' }
    expect(ended('', nowhere)).toEqual({
      status: 0,
      out: 'E1120: backend webgpu does not start: no graphics driver for WebGPU (Vulkan, Metal or Direct3D 12) was found\n',
      err: '',
    })
  })

  it('by an exception, which is all that is said', () => {
    const { status, out, err } = ended("throw new Error('of the program')")
    expect([status, out]).toEqual([1, 'begun\n'])
    expect(err).toContain('Error: of the program')
    expect(err).not.toContain('FATAL')
  })
})
