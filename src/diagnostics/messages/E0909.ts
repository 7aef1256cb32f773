import { defineMessage, type Span } from '../diagnostic.ts'

export const E0909 = defineMessage<{ path: string; called: string; span?: Span }>({
  code: 'E0909',
  title: 'a PyTorch checkpoint names something that is no part of a tensor',
  explanation: `A pickle can make the program that reads it call any function: a file from the internet could run anything. Only what tensors and
dictionaries of them are made of is read here; a name beyond that ends the reading, and nothing was called.

Fails:
    a file of torch.save(model), which holds the classes of the model itself, or one that somebody has tampered with

Passes:
    a file of torch.save(model.state_dict())`,
  build: ({ path, called, span }) => ({
    message: `\`${path}\` is refused: it asks for ${called}, which no tensor needs`,
    help: 'nothing of it was run; if you trust the file, save its state_dict() alone, best as safetensors',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})
