import { defineMessage, type Span } from '../diagnostic.ts'

export const E0103 = defineMessage<{ span?: Span; path: string; help?: string | undefined }>({
  code: 'E0103',
  title: 'a file that is not there',
  explanation: `Paths are relative to the file that says them; those that begin with std/ are the library of the
tool.

Fails:
    import { bert_base } from "std/berts.distill"

Passes:
    import { bert_base } from "std/bert.distill"`,
  build: ({ span, path, help }) => ({
    message: `cannot find ${path}`,
    ...(span === undefined ? {} : { span }),
    label: 'no such file',
    ...(help === undefined ? {} : { help }),
  }),
})
