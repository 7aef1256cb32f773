import { defineMessage, type Span } from '../diagnostic.ts'

export const E0813 = defineMessage<{ what: string; help: string; span?: Span }>({
  code: 'E0813',
  title: 'this kind of data cannot be read yet',
  explanation: `The language can say more about data than this version reads. Such a block checks and can be explained; training on it is refused
rather than done differently from what the spec says.

Fails:
    data questions { train = "squad.json", format = squad, label = span, ... }

Passes:
    data labelled { train = "train.tsv", text = column("sentence"), label = class(column("label"), ["no", "yes"]), ... }`,
  build: ({ what, help, span }) => ({
    message: `${what} cannot be read yet`,
    help,
    ...(span === undefined ? {} : { span, label: 'declared here' }),
  }),
})
