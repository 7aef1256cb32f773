/** Messages of files of weights, and of batches read from files. */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const weightsNotFound = defineMessage<{ path: string; found: string; span?: Span }>({
  code: 'E0901',
  title: 'no weights at this place',
  build: ({ path, found, span }) => ({
    message: `no weights at \`${path}\`: ${found}`,
    help: 'a folder with model.safetensors or pytorch_model.bin, or such a file, must be there; --random-weights stands in for it',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const safetensorsCutOff = defineMessage<{
  path: string
  needed: number
  found: number
  part: string
  span?: Span
}>({
  code: 'E0902',
  title: 'a safetensors file that is cut off',
  build: ({ path, needed, found, part, span }) => ({
    message: `\`${path}\` is cut off: ${part} needs ${bytes(needed)}, the file has ${bytes(found)}`,
    help: 'download or copy the file again',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

function bytes(count: number): string {
  return `${count.toLocaleString('en-US')} bytes`
}

export const notSafetensors = defineMessage<{ path: string; found: string; help?: string; span?: Span }>({
  code: 'E0903',
  title: 'a file that is not safetensors',
  build: ({ path, found, help, span }) => ({
    message: `\`${path}\` is not a safetensors file: it is ${found}`,
    help: help ?? 'give a model.safetensors file, or the folder that holds it',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const badSafetensorsHeader = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0904',
  title: 'a contradictory header of a safetensors file',
  build: ({ path, problem, span }) => ({
    message: `the header of \`${path}\` is wrong: ${problem}`,
    help: 'the file is damaged, or the program that wrote it is wrong: write or download it again',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const badShardIndex = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0906',
  title: 'an index that does not fit its files',
  build: ({ path, problem, span }) => ({
    message: `the index \`${path}\` cannot be used: ${problem}`,
    help: 'download the folder again, with all its files',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const cannotWrite = defineMessage<{ path: string; reason: string }>({
  code: 'E0907',
  title: 'a file that cannot be written',
  build: ({ path, reason }) => ({
    message: `cannot write \`${path}\`: ${reason}`,
    help: 'what was there before is untouched; free space, or choose another folder',
  }),
})

export const damagedWeights = defineMessage<{ path: string; problem: string; help?: string; span?: Span }>({
  code: 'E0914',
  title: 'a damaged file',
  build: ({ path, problem, help, span }) => ({
    message: `\`${path}\` is damaged: ${problem}`,
    help: help ?? 'copy the file again, or take another checkpoint of its run',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const cannotRead = defineMessage<{ path: string; reason: string }>({
  code: 'E0915',
  title: 'a file of a run that cannot be read',
  build: ({ path, reason }) => ({
    message: `cannot read \`${path}\`: ${reason}`,
    help: 'nothing was changed; give the same command again when the file can be read',
  }),
})

export const damagedPyTorchFile = defineMessage<{ path: string; problem: string; span?: Span }>({
  code: 'E0908',
  title: 'a damaged PyTorch file',
  build: ({ path, problem, span }) => ({
    message: `the PyTorch checkpoint \`${path}\` cannot be read: ${problem}`,
    help: 'download or save it again, best as safetensors: save_file(model.state_dict(), "model.safetensors")',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const unsafePyTorchFile = defineMessage<{ path: string; called: string; span?: Span }>({
  code: 'E0909',
  title: 'a PyTorch file that is not safe to read',
  build: ({ path, called, span }) => ({
    message: `\`${path}\` is refused: it asks for ${called}, which no tensor needs`,
    help: 'nothing of it was run; if you trust the file, save its state_dict() alone, best as safetensors',
    ...(span === undefined ? {} : { span, label: 'these weights' }),
  }),
})

export const tensorOfAnotherShape = defineMessage<{
  model: string
  path: string
  tensor: string
  file: string
  wanted: readonly number[]
  found: readonly number[]
  spec: string
  span?: Span
}>({
  code: 'E0910',
  title: 'a tensor of another shape than in the model',
  build: ({ model, path, tensor, file, wanted, found, spec, span }) => ({
    message: `${model}.${path} is [${wanted.join(', ')}] in ${spec}, but [${found.join(', ')}] in ${file}`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: `the tensor there is ${tensor}; change the model's sizes, or give other weights`,
  }),
})

export const weightsOfAnotherModel = defineMessage<{
  model: string
  file: string
  missing: readonly string[]
  present: readonly string[]
  span?: Span
}>({
  code: 'E0911',
  title: 'weights of another model',
  build: ({ model, file, missing, present, span }) => ({
    message: `${file} does not hold the weights of ${model}: ${missing.length === 1 ? 'a tensor that it needs is' : `${missing.length} tensors that it needs are`} not there`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: [
      `missing: ${some(missing)}`,
      present.length === 0
        ? 'the file holds nothing that the model does not use: it may be of fewer layers, or damaged'
        : `in the file, unused: ${some(present)}`,
    ].join('\n'),
  }),
})

function some(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

export const weightsMissing = defineMessage<{
  missing: readonly { path: string; model: string; span?: Span }[]
}>({
  code: 'E0912',
  title: 'weights that are missing',
  build: ({ missing }) => {
    const [first, ...rest] = missing.filter((one) => one.span !== undefined)
    const secondary: Label[] = rest.flatMap(({ path, span }) =>
      span ? [{ span, text: `${path} is missing` }] : [],
    )
    return {
      message:
        missing.length === 1
          ? `the weights of ${missing[0]?.model} are missing: ${missing[0]?.path}`
          : `weights are missing: ${missing.map(({ path, model }) => `${path} (${model})`).join(', ')}`,
      ...(first?.span === undefined ? {} : { span: first.span, label: `${first.path} is missing` }),
      ...(secondary.length === 0 ? {} : { secondary }),
      help: 'download them to that place (model.safetensors), or try the spec out with --random-weights',
    }
  },
})

export const differentCopies = defineMessage<{
  model: string
  path: string
  first: string
  second: string
  file: string
  span?: Span
}>({
  code: 'E0913',
  title: 'two values for one weight',
  build: ({ model, path, first, second, file, span }) => ({
    message: `${model}.${path} is one weight, but ${first} and ${second} in ${file} differ`,
    ...(span === undefined ? {} : { span, label: 'these weights' }),
    help: 'the file is of a model that does not tie or share them: declare the model so, or give other weights',
  }),
})

export const missingBatchInput = defineMessage<{ path: string; wanted: string; present: readonly string[] }>({
  code: 'E0920',
  title: 'a missing input of a batch',
  build: ({ path, wanted, present }) => ({
    message: `${path} lacks ${wanted}`,
    help: present.length > 0 ? `it holds ${present.join(', ')}` : 'it holds nothing',
  }),
})

export const valueOutsideRange = defineMessage<{
  path: string
  /** Its name in the file. */
  tensor: string
  /** Absent if all examples are the same. */
  example?: number
  position?: number
  value: number
  /** Values must be from 0 to `size` - 1. */
  size: number
  /** `rows of S.embedding.word` */
  of: string
  /** Number of further values of the tensor outside the range. */
  more: number
}>({
  code: 'E0971',
  title: 'a batch file has an id or a label that is out of range',
  build: ({ path, tensor, example, position, value, size, of, more }) => {
    const place = [
      ...(example === undefined ? [] : [`example ${example}`]),
      ...(position === undefined ? [] : [`position ${position}`]),
    ].join(', ')
    return {
      message:
        example === undefined
          ? `${tensor} of ${path} has position ${value}: there are only ${size} ${of}`
          : `${tensor} of ${path} holds ${value} at ${place}: it must be 0 to ${size - 1}`,
      help: [
        `there are ${size} ${of}; examples and positions are counted from 0`,
        ...(more > 0 ? [`${more} more ${more === 1 ? 'value is' : 'values are'} out of range`] : []),
        ...(value < 0 && example !== undefined
          ? [
              'a value such as -100 leaves a position out only where the loss has a mask: where masked, where first_piece',
            ]
          : []),
      ].join('\n'),
    }
  },
})

export const stepWithoutWeights = defineMessage<{ role: string; models: readonly string[] }>({
  code: 'E0921',
  title: 'a step without the weights of a model',
  build: ({ role, models }) => ({
    message: `the weights of ${models.join(' and ')} are not given`,
    help: models.length > 1 ? models.map((m) => `--${role} ${m}=FILE`).join(' ') : `--${role} FILE`,
  }),
})
