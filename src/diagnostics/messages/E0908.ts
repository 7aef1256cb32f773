import { defineMessage, type Span } from '../diagnostic.ts'

export const E0908 = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0908',
  title: 'a PyTorch checkpoint is damaged',
  explanation: `\`pytorch_model.bin\` is what \`torch.save(model.state_dict(), ...)\` writes: tensors by name, and their bytes. Everything that it says of
itself is compared with the file before a tensor is read.

Fails (the download stopped early):
    teacher T : bert_base { weights = "weights/pytorch_model.bin" }

Passes:
    the same with the whole file`,
  build: ({ path, problem, span }) => ({
    message: `the PyTorch checkpoint \`${path}\` cannot be read: ${problem}`,
    help: 'download or save it again, best as safetensors: save_file(model.state_dict(), "model.safetensors")',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
