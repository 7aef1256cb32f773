import { defineMessage, type Span } from '../diagnostic.ts'

export const E0407 = defineMessage<{ span: Span; rank: number; rows: number; columns: number }>({
  code: 'E0407',
  title: 'a rank that saves nothing',
  explanation: `A matrix of rows x columns becomes rows x rank times rank x columns.

Fails:
    factorize layer[*].ffn.* to rank(4096)

Passes:
    factorize layer[*].ffn.* to rank(128)`,
  build: ({ span, rank, rows, columns }) => ({
    message: `rank ${rank} is not between 1 and ${Math.min(rows, columns)}, the smaller side of ${rows} x ${columns}`,
    span,
    label: 'not a rank of this matrix',
  }),
})
