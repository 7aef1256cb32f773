import { defineMessage, type Span } from '../diagnostic.ts'

export const E0903 = defineMessage<{ path: string; found: string; help?: string; span?: Span }>({
  code: 'E0903',
  title: 'this is not a safetensors file',
  explanation: `A safetensors file begins with the length of its header (8 bytes) and a header in JSON. This file begins otherwise:
often it is a PyTorch pickle with the wrong name, or the pointer that git-lfs leaves in place of a large file.

Fails:
    teacher T : bert_base { weights = "weights/pytorch_model.bin" }

Passes:
    teacher T : bert_base { weights = "weights/model.safetensors" }`,
  build: ({ path, found, help, span }) => ({
    message: `\`${path}\` is not a safetensors file: it is ${found}`,
    help: help ?? 'give a model.safetensors file, or the folder that holds it',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
