import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    distill: 'src/cli/main.ts',
    runtime: 'src/runtime/index.ts',
    native: 'src/backends/native/tfjs/index.ts',
    'thread-keeper': 'src/backends/thread-keeper.ts',
    'webgpu-worker': 'src/backends/webgpu/worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outDir: 'dist',
  clean: true,
  // Types of what programs import; the command line has none to give.
  dts: { entry: ['src/runtime/index.ts', 'src/backends/native/tfjs/index.ts'] },
  outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
})
