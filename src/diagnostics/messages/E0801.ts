import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const E0801 = defineMessage<{ missing: readonly { path: string; span?: Span }[] }>({
  code: 'E0801',
  title: 'data files are missing',
  explanation: `A data block names files that are not there; all of them are listed at once. Paths are relative to the file that says them.
\`*\` and \`?\` stand for parts of a name, \`**\` for folders.

Fails:
    data labelled { train = "dta/train.tsv", ... }

Passes:
    data labelled { train = "data/train.tsv", ... }`,
  build: ({ missing }) => {
    const [first, ...others] = missing.flatMap((file) => (file.span === undefined ? [] : [file.span]))
    const secondary: Label[] = others.map((span) => ({ span, text: 'and this one' }))
    const names = missing.map((file) => `\`${file.path}\``)
    const several = missing.length > 1
    return {
      message: several
        ? `${missing.length} files are missing: ${names.join(', ')}`
        : noFile(missing[0]?.path ?? ''),
      help: 'paths are relative to the file that says them',
      ...(first === undefined ? {} : { span: first, label: 'not there' }),
      ...(secondary.length === 0 ? {} : { secondary }),
    }
  },
})

function noFile(path: string): string {
  return /[*?]/.test(path) ? `no file matches \`${path}\`` : `there is no file \`${path}\``
}
