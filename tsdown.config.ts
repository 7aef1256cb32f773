import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { distill: 'src/cli/main.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  dts: false,
  outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
})
