/** A folder that is written beside its place: whole or not at all, and without what an earlier export left. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isExported } from '../../src/huggingface/earlier-export.ts'
import { PartialFolder } from '../../src/weights/partial-folder.ts'

const home = mkdtempSync(path.join(tmpdir(), 'partial-'))
afterAll(() => rmSync(home, { recursive: true }))

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
}
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
    .sort()

describe('an export into a folder of an earlier one', () => {
  it('leaves no file of the other model, and all files of the user', () => {
    const to = path.join(home, 'again')
    write(to, {
      'config.json': 'old',
      'model.safetensors': 'old',
      'modules.json': 'old',
      '1_Pooling/config.json': 'old',
      'onnx/model.onnx': 'old',
      'onnx/model_quantized.onnx': 'old',
      'onnx/notes.txt': 'mine',
      LICENSE: 'mine',
    })
    const partial = new PartialFolder(to)
    write(partial.path, { 'config.json': 'new', 'onnx/model.onnx': 'new' })
    partial.settle(isExported)
    partial.discard()
    expect(files(to)).toEqual(['LICENSE', 'config.json', 'onnx/model.onnx', 'onnx/notes.txt'])
    expect(readFileSync(path.join(to, 'config.json'), 'utf8')).toBe('new')
    expect(existsSync(path.join(to, '1_Pooling'))).toBe(false)
  })

  it('changes nothing if it is given up', () => {
    const to = path.join(home, 'kept')
    write(to, { 'model.safetensors': 'old' })
    const partial = new PartialFolder(to)
    write(partial.path, { 'config.json': 'new' })
    partial.discard()
    expect(files(home).filter((name) => name.startsWith('kept'))).toEqual(['kept/model.safetensors'])
  })
})
