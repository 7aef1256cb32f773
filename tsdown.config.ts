import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'tsdown'

/** `node_modules/@scope/name` of a module that is bundled. */
const packageOf = (module: string): string | undefined =>
  /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0]

/** The name of the license, of a package that has no file of it. */
function saidLicense(folder: string): string {
  const { name, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string') throw new Error(`${folder} is bundled and has no license`)
  return `${name}: ${license}, ${typeof author === 'string' ? author : (author?.name ?? 'its authors')}\n`
}

/** Writes the license of each bundled package beside the code, as the licenses ask. */
export const licenses = {
  name: 'licenses',
  generateBundle(this: {
    getModuleIds(): IterableIterator<string>
    emitFile(file: { type: 'asset'; fileName: string; source: string }): string
  }): void {
    for (const folder of new Set([...this.getModuleIds()].flatMap((id) => packageOf(id) ?? []))) {
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
      const name = folder.replace(/^.*node_modules\/@?/, '').replace('/', '-')
      const source = file ? readFileSync(join(folder, file), 'utf8') : saidLicense(folder)
      this.emitFile({ type: 'asset', fileName: `licenses/${name}.txt`, source })
    }
  },
}

export default defineConfig({
  entry: {
    distill: 'src/cli/main.ts',
    index: 'src/library/index.ts',
    runtime: 'src/runtime/index.ts',
    native: 'src/backends/native/tfjs/index.ts',
    'thread-keeper': 'src/backends/thread-keeper.ts',
    'stage-thread': 'src/language-server/stage-thread.ts',
    'webgpu-worker': 'src/backends/webgpu/worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  // Chevrotain imports all of lodash-es, 644 files: to load them takes longer than to check a spec. Zod is 9
  // MB, of which a thirtieth is used; of the hashes, one is.
  deps: { onlyBundle: [/^chevrotain$/, /^@chevrotain\//, /^lodash-es$/, /^zod$/, /^@noble\/hashes$/] },
  plugins: [licenses],
  // Types of what programs import; the command line has none to give.
  dts: { entry: ['src/library/index.ts', 'src/runtime/index.ts', 'src/backends/native/tfjs/index.ts'] },
  outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
})
