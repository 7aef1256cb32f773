import { defineMessage, type Span } from '../diagnostic.ts'

export const E0815 = defineMessage<{ data: string; span?: Span }>({
  code: 'E0815',
  severity: 'warning',
  title: 'augmentation is not done yet',
  explanation: `\`augment { ... }\` is checked and explained, but this version makes no new examples: training goes over those of the files.
Scores will be lower than published ones that used augmented data.

Warns:
    data augmented = labelled with { augment { proposals = G.mlm, vectors = "glove.txt", copies = 20 } }

Passes:
    data labelled { train = "train.tsv", ... }     with the augmented examples written into the file`,
  build: ({ data, span }) => ({
    message: `data \`${data}\` is read without augmentation: this version makes no new examples`,
    help: 'write the augmented examples into the training file, or count on lower scores',
    ...(span === undefined ? {} : { span, label: 'declared here' }),
  }),
})
