import { defineMessage } from '../diagnostic.ts'

export const E1112 = defineMessage<{ path: string }>({
  code: 'E1112',
  title: 'the file on the command line is no spec',
  explanation: `Specs are texts in the language of distill and end in .distill. Data files are named inside a spec, in a data block; weights
in a teacher or student.

Fails:
    distill check train.tsv

Passes:
    distill check demo.distill`,
  build: ({ path }) => ({
    message: `${path} is no spec: its text cannot be read as one, and its name does not end in .distill`,
    help: 'name the spec; data and weights are named inside it',
  }),
})
