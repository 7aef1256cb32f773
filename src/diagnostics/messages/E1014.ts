import { defineMessage } from '../diagnostic.ts'

export const E1014 = defineMessage<{
  sweep: string
  runs: readonly { readonly path: string; readonly changes: readonly string[] }[]
  command: string
}>({
  code: 'E1014',
  title: 'runs of a sweep were made from something else',
  explanation: `A sweep trains what it has not trained yet. The runs that are there must come from the same spec, settings and files: a table of runs of
two different specs would compare nothing. More values in \`sweep\` and more seeds change no run that is there; comments and spacing may change too.

Fails:
    distill train demo.distill --out runs/a
    (edit a rate in demo.distill)
    distill train demo.distill --out runs/a

Passes:
    distill train demo.distill --out runs/b

--rerun deletes those runs and trains them again.`,
  build: ({ sweep, runs, command }) => {
    const [first] = runs
    const others = runs.length - 1
    const more = others === 0 ? [] : [`${others} other${others === 1 ? '' : 's'} of its runs too`]
    return {
      message: `${first?.path ?? sweep} was made from something else than this`,
      help: [
        ...(first?.changes ?? []),
        ...more,
        'undo the change, or give another folder with --out',
        `train ${runs.length === 1 ? 'it' : 'those'} again, over what is there: ${command} --rerun`,
      ].join('\n'),
    }
  },
})
