import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/slow-first.ts'
import { tensorflowFolder } from './test/tensorflow/folder.ts'

/** TensorFlow as test/tensorflow/install.ts puts it, unless somebody names another. */
const tensorflow = process.env.DISTILL_TFJS_NODE ?? tensorflowFolder()

/** What starts and ends backends, changes the environment or looks at the whole process: each file in a process of its own. */
const apart = ['backends', 'cli', 'emit', 'onnx', 'pack', 'reference', 'run', 'tfjs'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
)

/**
 * Rounds of many steps, faults or random specs, programs and files under other runtimes, the commands of each error
 * page, the pictures of all specs, measured memory and time, terminals, pages in a browser, and the package alone:
 * `npm run test:long`, after `npm test`.
 */
const long = [
  'test/begin/begin.test.ts',
  'test/browser/*.test.ts',
  'test/backends/*-sparse-rows.test.ts',
  'test/backends/webgpu-step.test.ts',
  'test/check/limits.test.ts',
  'test/check/natural-mistakes.test.ts',
  'test/check/linear.test.ts',
  'test/cluster/augmented.test.ts',
  'test/cluster/exchange.test.ts',
  'test/cluster/join.test.ts',
  'test/cluster/mpirun.test.ts',
  'test/cluster/slurm.test.ts',
  'test/cli/error-pages.test.ts',
  'test/cli/step.test.ts',
  'test/cli/hostile-paths.test.ts',
  'test/cli/watch.test.ts',
  'test/cli/without-files.test.ts',
  'test/draw/draw.test.ts',
  'test/emit/frozen.test.ts',
  'test/emit/recipes.test.ts',
  'test/emit/standalone*.test.ts',
  'test/emit/trainer.test.ts',
  'test/faults/*.test.ts',
  'test/huggingface/new.test.ts',
  'test/huggingface/onnx-command.test.ts',
  'test/huggingface/usage.test.ts',
  'test/library/page.test.ts',
  'test/lower/ids.test.ts',
  'test/lower/linear.test.ts',
  'test/pack/pack.test.ts',
  'test/passes/fused-*.test.ts',
  'test/plan/measured.test.ts',
  'test/playground/page.test.ts',
  'test/plan/training-memory.test.ts',
  'test/report/robust.test.ts',
  'test/run/differential.test.ts',
  'test/run/donation.test.ts',
  'test/run/helper-threads.test.ts',
  'test/run/leak.test.ts',
  'test/study/rows.test.ts',
  'test/tfjs/suite.test.ts',
  'test/train/device-step.test.ts',
  'test/train/losses-in-parts.test.ts',
  'test/train/tasks.test.ts',
  'test/train/term-norms.test.ts',
  'test/train/terminal.test.ts',
  'test/vscode/extension.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'apart', include: apart, exclude: long } },
      { extends: true, test: { name: 'long', include: long } },
      // Modules are loaded once in each of two processes, which saves a third of the time. Nothing is left in them for another test to see: there is no module state.
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...apart, ...long],
          isolate: false,
        },
      },
    ],
    globalSetup: ['test/build-once.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    env: existsSync(tensorflow) ? { DISTILL_TFJS_NODE: tensorflow } : {},
  },
})
