/**
 * The pictures of the documentation are what the code draws. `npx vitest run test/draw/images.test.ts --update`
 * writes them.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { type Picture, pictureOf } from '../../src/draw/picture.ts'
import { darkSvg, drawSvg, renderSvg } from '../../src/draw/svg.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { stageSizes } from '../../src/lower/stage-sizes.ts'

const root = new URL('../..', import.meta.url).pathname
const capabilities = await capabilitiesOf('native')

function pictureFor(spec: string, name: string): Picture {
  const { program } = checkFile(spec)
  const stage = program?.stages.find((one) => one.name === name)
  if (!program || !stage) throw new Error(`${spec} has no stage ${name}`)
  const graphs = compileStage(program, stage, { passes: { disabled: new Set() }, capabilities })
  return pictureOf(program, stage, graphs, stageSizes(program, stage))
}

describe('docs/images', () => {
  it.each([
    ['tinybert-4.intermediate.svg', 'specs/tinybert-4.distill', 'intermediate', renderSvg],
    ['demo.distil.svg', 'specs/demo.distill', 'distil', renderSvg],
    ['architecture-light.svg', 'specs/tinybert-4.distill', 'intermediate', drawSvg],
    ['architecture-dark.svg', 'specs/tinybert-4.distill', 'intermediate', darkSvg],
  ] as const)('%s is what the code draws', async (file, spec, stage, draw) => {
    await expect(await draw(pictureFor(spec, stage))).toMatchFileSnapshot(join(root, 'docs/images', file))
  })
})
