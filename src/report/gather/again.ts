/** All that decides the numbers of a run: how to do it again. */
import type { RunConfig } from '../../train/run-folder.ts'
import type { RunData } from '../schema.ts'
import type { RunFacts } from './facts.ts'

export function gatherAgain({ config, folder }: Pick<RunFacts, 'config' | 'folder'>): RunData['again'] {
  const { texts, files = {}, data, versions, inexact } = config
  return {
    command: commandOf(config),
    texts: Object.fromEntries(folder.readTexts()),
    files: [
      ...Object.entries(texts).map(([name, hash]) => ({ name, hash, note: 'without comments and layout' })),
      ...Object.entries(files).map(([name, hash]) => ({ name, hash })),
      ...Object.entries(data).flatMap(([block, parts]) =>
        Object.entries(parts).flatMap(([part, text]) => {
          const [, note, hash] = /^(\d+ examples), (\w+)$/.exec(text) ?? []
          return hash === undefined ? [] : [{ name: `${block}.${part}`, hash, ...(note ? { note } : {}) }]
        }),
      ),
    ],
    versions,
    ...(inexact === undefined
      ? {}
      : { inexact: inexact.flatMap(({ time, changes }) => changes.map((change) => `${time}: ${change}`)) }),
  }
}

/** `distill train demo.distill --seed 0 --backend native` */
export function commandOf(config: RunConfig, change: { readonly seeds?: number } = {}): string {
  const { spec, settings, seed, backend, randomWeights, stages = [], maxSteps, passes, memory } = config
  const words = [
    'distill train',
    quoted(spec),
    ...stages.map((stage) => `--stage ${quoted(stage)}`),
    ...Object.entries(settings).map(([name, value]) => `--set ${quoted(`${name}=${value}`)}`),
    ...(maxSteps === undefined ? [] : [`--max-steps ${maxSteps}`]),
    change.seeds === undefined ? `--seed ${seed}` : `--seeds ${change.seeds}`,
    `--backend ${backend}`,
    ...(randomWeights ? ['--random-weights'] : []),
    ...(passes === '' ? [] : [`--passes ${quoted(passes)}`]),
    ...(memory === undefined ? [] : [`--memory ${memory}`]),
  ]
  return words.join(' ')
}

/** For a shell of POSIX, if it needs it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
