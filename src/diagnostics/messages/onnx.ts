/** Messages of ONNX files: what cannot be said in one, and what a file was found to say. */
import { defineMessage } from '../diagnostic.ts'

export const noOnnxOutput = defineMessage<{
  model: string
  head: string | undefined
  heads: readonly string[]
}>({
  code: 'E1130',
  title: 'an ONNX file without an output',
  build: ({ model, head, heads }) => ({
    message:
      head === undefined
        ? `${model} has neither a head that answers nor states of tokens or texts: an ONNX file of it would have no output`
        : `head \`${head}\` of ${model} gives neither answers nor a vector for each text: an ONNX file has no name for its output`,
    help:
      heads.length > 0
        ? `name another head: ${heads.map((name) => `--head ${name}`).join(', ')}`
        : 'leave out --head: the file then gives the states of tokens, as last_hidden_state',
  }),
})

export const notInOnnx = defineMessage<{ model: string; problem: string }>({
  code: 'E1131',
  title: 'a model that standard ONNX operators do not compute',
  build: ({ model, problem }) => ({
    message: `${model} cannot be written with the standard operators of ONNX: ${problem}`,
    help: 'a model that texts alone decide reads tokens, segments, attended and places; for anything else, please report the spec',
  }),
})

export const onnxDiffers = defineMessage<{
  model: string
  file: string
  output: string
  difference: string
  most: string
}>({
  code: 'E1132',
  title: 'an ONNX file with other answers than the model',
  build: ({ model, file, output, difference, most }) => ({
    message: `${output} of ${file} differs from that of ${model} by ${difference}, and rounding explains ${most}`,
    help: 'nothing was written. Values that are no numbers, and answers that rounding decides (`x - floor(x)` of a large x), differ between programs; for anything else, please report the spec',
  }),
})
