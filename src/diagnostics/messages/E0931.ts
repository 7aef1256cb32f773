import { defineMessage } from '../diagnostic.ts'

export const E0931 = defineMessage<{ model: string; problem: string; help?: string }>({
  code: 'E0931',
  title: 'no class of transformers computes what this model computes',
  explanation: `\`distill export\` writes a model as a class of transformers, loads what it wrote into that class's architecture, and compares the logits with the
model's own. Where the class cannot say the model, nothing is left behind: a folder that answers differently would be worse than none. TinyBERT's published
classifier has a relu before it, for which BertForSequenceClassification has no place.

Fails:
    student S : tinybert_4 { heads { task = classifier(sst.label, before = relu) } }

Passes:
    student S : tinybert_4 { heads { task = classifier(sst.label) } }
    distill export RUN --to FOLDER --class TinyBertForSequenceClassification      for TinyBERT's own code, relu and all`,
  build: ({ model, problem, help }) => ({
    message: `${model} cannot be exported: ${problem}`,
    help:
      help ??
      'best/MODEL.safetensors of the run has its weights under published names, for a program of your own',
  }),
})
