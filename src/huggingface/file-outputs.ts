/**
 * What a file of a model gives, under the names that transformers.js and Optimum look for, and the class of
 * transformers.js that reads an ONNX file.
 */
import { headOutputs } from '../check/head-outputs.ts'
import type { ModelInstance } from '../check/program.ts'
import type { TaskKind } from '../check/task-kinds.ts'
import { axesOf, type HeadOutput } from '../check/tasks.ts'
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { noOnnxOutput } from '../diagnostics/messages/onnx.ts'
import type { NamedOutput } from '../onnx/inference-model.ts'
import type { AnswerKind } from './card/hub-tasks.ts'
import { ownVector } from './sentence/modules.ts'

/** By kind of task. */
interface TaskInFile {
  readonly outputs: (output: HeadOutput) => readonly NamedOutput[]
  /** The class behind it, of the family whose folders the plain one is like. */
  readonly modelClass: string
}

const logits = ({ path }: HeadOutput): readonly NamedOutput[] => [{ output: path, name: 'logits' }]

const tasksInFiles: { readonly [Kind in TaskKind]: TaskInFile } = {
  class: { outputs: logits, modelClass: 'BertForSequenceClassification' },
  number: {
    outputs: ({ path }) => [{ output: path, name: 'logits', column: true }],
    modelClass: 'BertForSequenceClassification',
  },
  tags: { outputs: logits, modelClass: 'BertForTokenClassification' },
  span: {
    outputs: ({ path, endPath = path }) => [
      { output: path, name: 'start_logits' },
      { output: endPath, name: 'end_logits' },
    ],
    modelClass: 'BertForQuestionAnswering',
  },
  masked: { outputs: logits, modelClass: 'BertForMaskedLM' },
}

/** The answers of a head. */
export function answerOutputs(output: HeadOutput): readonly NamedOutput[] {
  return tasksInFiles[output.kind].outputs(output)
}

/** What an ONNX file gives. */
export interface FileOutputs extends Omit<TaskInFile, 'outputs'> {
  readonly outputs: readonly NamedOutput[]
  readonly answers: AnswerKind
  /** The head that answers; absent where the file gives states. */
  readonly head?: HeadOutput
}

/**
 * What an ONNX file gives of a model: the answers of one of the heads `heads`, the one that answers `first`
 * if there are several; otherwise a vector that a head makes for each text, and states of tokens. Throws
 * E1130 where there is nothing of the kind.
 */
export function fileOutputs(
  instance: ModelInstance,
  heads: readonly string[],
  isFirst: (output: HeadOutput) => boolean,
): FileOutputs {
  const answers = headOutputs(instance)
  const fitting = answers.filter(({ head }) => heads.includes(head))
  const output = fitting.find(isFirst) ?? fitting[0]
  if (output !== undefined) {
    const { modelClass } = tasksInFiles[output.kind]
    return { modelClass, outputs: answerOutputs(output), answers: output.kind, head: output }
  }
  const vector = ownVector(instance, heads)
  const tokens = statesTap(instance)
  if (vector === undefined && (heads.length > 0 || tokens === undefined))
    throw new DiagnosticError(
      noOnnxOutput({ model: instance.name, head: heads[0], heads: answers.map(({ head }) => head) }),
    )
  const outputs = [
    ...(tokens === undefined ? [] : [{ output: tokens, name: 'last_hidden_state' }]),
    ...(vector === undefined ? [] : [{ output: vector, name: 'sentence_embedding' }]),
  ]
  return { modelClass: 'BertModel', outputs, answers: vector === undefined ? 'states' : 'vector' }
}

/** The tap of the states of tokens: the model's output, otherwise its last one outside of heads. */
export function statesTap({ taps, heads }: ModelInstance): string | undefined {
  const states = [...taps.keys()].filter((path) => axesOf(taps.get(path)) === 'example token unit')
  if (states.includes('output')) return 'output'
  return states.findLast((path) => !heads.has(path.split('.')[0] ?? ''))
}
