import { defineMessage } from '../diagnostic.ts'

export const E1011 = defineMessage<{ adapter: string; reason: string }>({
  code: 'E1011',
  title: 'the GPU failed during a run',
  explanation: `The driver refused something, or gave the GPU to nobody any more: it has no memory left, it was reset, or a program took longer than the system
allows. What was trained since the last checkpoint is lost.

Usual remedy:   a smaller micro-batch, or another backend (--backend wasm)`,
  build: ({ adapter, reason }) => ({
    message: `the GPU (${adapter}) failed: ${reason}`,
    help: '`distill train --resume` goes on from the last checkpoint; a smaller micro-batch or `--backend wasm` needs less of it',
  }),
})
