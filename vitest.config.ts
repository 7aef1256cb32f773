import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/slow-first.ts'
import { tensorflowFolder } from './test/tensorflow/folder.ts'

/** TensorFlow as test/tensorflow/install.ts puts it, unless somebody names another. */
const tensorflow = process.env.DISTILL_TFJS_NODE ?? tensorflowFolder()

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build-once.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    env: existsSync(tensorflow) ? { DISTILL_TFJS_NODE: tensorflow } : {},
  },
})
