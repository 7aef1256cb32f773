/** Our side of the comparison as it is shipped, bundled: a process that translates TypeScript as it loads holds 100 MiB more. */
import { build } from 'tsdown'

/** Builds the programs of this folder; gives the folder of theirs. */
export async function buildOurs(): Promise<string> {
  const folder = new URL('../built', import.meta.url).pathname
  await build({
    config: false,
    entry: {
      ours: new URL('ours.ts', import.meta.url).pathname,
      epoch: new URL('epoch.ts', import.meta.url).pathname,
    },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outDir: folder,
    clean: true,
    dts: false,
    logLevel: 'error',
    outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
  })
  return folder
}
