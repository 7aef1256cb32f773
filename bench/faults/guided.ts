/**
 * Mutants guided by coverage: `tsx bench/faults/guided.ts specs|files [MUTANTS] [SECONDS]`. Jazzer.js (libFuzzer)
 * keeps what reaches new branches of src, and mutates that. It is installed from npm into a cache when this is first
 * run. What it kept is found again by the next round; a finding is a file `crash-*`, which the last line names.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'tsdown'

const [, , target = 'specs', count = '1000000', seconds = '3600'] = process.argv
if (target !== 'specs' && target !== 'files')
  throw new RangeError('guided.ts specs|files [MUTANTS] [SECONDS]')

const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'distill-tests', 'jazzer')
const jazzer = join(home, 'node_modules/.bin/jazzer')
if (!existsSync(jazzer)) {
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const flags = ['--no-audit', '--no-fund', '--no-save']
  execFileSync('npm', ['install', ...flags, '@jazzer.js/core@4.0.0'], { cwd: home, stdio: 'inherit' })
}

/** Beside the sources, so that packages are found; git ignores it. */
const out = new URL('../../node_modules/.cache/distill-guided/', import.meta.url).pathname
await build({
  ...{ entry: new URL('guided/target.ts', import.meta.url).pathname, outDir: out, format: 'cjs', dts: false },
  ...{ config: false, silent: true, target: 'node20' },
  plugins: [
    {
      name: 'places',
      transform: (code: string, id: string) =>
        code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
    },
  ],
})
const corpus = join(home, `corpus-${target}`)
mkdirSync(corpus, { recursive: true })
const { status } = spawnSync(
  jazzer,
  [
    ...[join(out, 'target.cjs'), corpus, '-f', target, '-i', 'distill-guided', '--sync'],
    ...['--disable_bug_detectors', '.*', '--'],
    ...[
      `-runs=${count}`,
      `-max_total_time=${seconds}`,
      '-max_len=256',
      '-len_control=0',
      '-timeout=20',
      '-rss_limit_mb=3000',
    ],
    `-artifact_prefix=${home}/`,
  ],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
