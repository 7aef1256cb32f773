import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/backends/index.ts'
import { renderDiagnostics } from '../../src/diagnostics/render.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { filesOnDisk } from '../../src/disk/spec-files.ts'
import { printReport } from '../../src/explain/print.ts'
import { reportSpec } from '../../src/explain/report.ts'
import { parseSource } from '../../src/syntax/build-ast.ts'
import { printTree } from '../../src/syntax/print-tree.ts'

const root = new URL('../..', import.meta.url).pathname
const golden = join(root, 'test/golden')
const specs = ['specs', 'test/reference', 'test/recipes'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.distill'))
    .map((file) => `${folder}/${file}`),
)

function program(spec: string) {
  const result = checkFile(spec)
  expect(renderDiagnostics(result.diagnostics, result.sources, { color: false })).toBe('')
  if (!result.program) throw new Error(`${spec} does not check`)
  return result.program
}

describe.each(specs)('%s', (spec) => {
  const name = basename(spec, '.distill')

  it('has its syntax tree', async () => {
    const { tree } = parseSource(spec, readFileSync(join(root, spec), 'utf8'))
    await expect(printTree(tree)).toMatchFileSnapshot(join(golden, 'ast', `${name}.txt`))
  })

  it('has its explanation', async () => {
    const checked = program(spec)
    const report = reportSpec(checked, {
      files: filesOnDisk,
      passes: { disabled: new Set() },
      backend: { name: 'wasm', capabilities: await capabilitiesOf('wasm') },
    })
    const text = printReport(report)
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    await expect(text).toMatchFileSnapshot(join(golden, 'explain', `${name}.txt`))
  })
})
