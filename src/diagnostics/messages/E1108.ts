import { defineMessage } from '../diagnostic.ts'

export const E1108 = defineMessage<{ name: string; names: readonly string[]; similar?: string }>({
  code: 'E1108',
  title: 'there is no such pass',
  explanation: `\`--passes\` says which optimizations are left out: --passes=none, or names with a minus, as in --passes=-fold-constants,-reassociate-low-rank. Without it there are all.`,
  build: ({ name, names, similar }) => ({
    message: `no optimization is called \`${name}\``,
    help: similar
      ? `did you mean \`-${similar}\`?`
      : `--passes=none, or out of ${names.map((n) => `-${n}`).join(', ')}`,
  }),
})
