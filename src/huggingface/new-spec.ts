/**
 * A first spec for a folder of a model: the teacher of its config.json, a student of half its layers made
 * from every other one, and a stage that distils hidden states and answers. It is checked, and compared with
 * the tensors and the vocabulary of the folder, before it is written.
 */

import path from 'node:path'
import { checkText } from '../check/check-text.ts'
import type { ModelInstance } from '../check/program.ts'
import { loadTokenizer } from '../data/tokenizer/load-tokenizer.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { listed } from '../train/format.ts'
import { matchTensors, shapeUnder } from '../weights/names.ts'
import { type ModelDescription, unusable } from '../weights/transformers/config.ts'
import { readConfig } from '../weights/transformers/config-file.ts'
import { openWeights, type WeightSource } from '../weights/weight-source.ts'
import { hasPooler, headsOf, headsText, importsText, modelText } from './class-spec.ts'
import { type Task, taskOf } from './new-task.ts'

export interface NewSpec {
  readonly text: string
  /** What was read from the folder, a line each. */
  readonly notes: readonly string[]
}

/**
 * @param folder of the model, as the user wrote it
 * @param file the place of the spec: paths in it are relative to its folder
 * @throws DiagnosticError E0930 (the folder), E0901.. (its weights), E0808, E0809, E0813 (its tokenizer)
 */
export function newSpec(folder: string, file: string): NewSpec {
  const model = readConfig(folder)
  const source = openWeights(folder)
  const names = [...source.tensors.keys()]
  const pooler = hasPooler(model, names)
  // TinyBERT's code stores its projection in the file, and its classifier reads relu(pooled).
  const published = names.some((name) => /^fit_denses?\./.test(name))
  const heads = headsOf(model, 'texts.label', new Map(), published ? 'relu' : model.modelClass.before)
  const maxLength = (longest: number): number => Math.min(longest, model.sizes.get('positions') ?? longest)
  const { vocabulary } = loadTokenizer(folder)
  const size = model.sizes.get('vocabulary') ?? 0
  if (vocabulary.pieces.length > size) {
    const problem = `its vocabulary has ${vocabulary.pieces.length} pieces, but vocab_size in config.json is ${size}: the vocabulary is of another model`
    throw unusable(folder, problem)
  }
  const everyRowIsPiece = vocabulary.pieces.length === size
  const known = taskOf(model, heads, { maxLength, everyRowIsPiece })
  const weights = path.relative(path.dirname(path.resolve(file)), path.resolve(folder)) || '.'
  const task = typeof known === 'string' ? undefined : known
  const written = (one: Task | undefined): { text: string; teacher: ModelInstance } => {
    const length = maxLength(one?.longest ?? 128)
    const text = specText(model, one, { pooler, length, weights: weights.split(path.sep).join('/') })
    return { text, teacher: checked(folder, file, text) }
  }
  const first = written(task)
  // Answers of a head without weights would be random.
  const { missing } = matchTensors(first.teacher, names)
  const untrained =
    task && missing.some((one) => one.startsWith(`${task.head.name}.`)) ? [task.head.kind] : []
  const { text, teacher } = untrained.length > 0 ? written(undefined) : first
  const notes = [
    `${model.modelClass.name}: ${model.sizes.get('layers')} layers of ${model.sizes.get('hidden_size')}, ${source.tensors.size} tensors, ${vocabulary.pieces.length} pieces`,
    ...compareTensors(teacher, source, folder),
    ...untrained.map((kind) => `the weights have no ${kind}, so no loss reads its answers`),
    ...(typeof known === 'string' ? [known] : []),
  ]
  return { text, notes }
}

function checked(folder: string, file: string, text: string): ModelInstance {
  const { program, diagnostics } = checkText(path.resolve(file), text, filesOnDisk)
  const teacher = program?.instances.get('T')
  if (teacher === undefined)
    throw unusable(folder, `what config.json says makes no model: ${diagnostics[0]?.message ?? ''}`)
  return teacher
}

/**
 * Checks that every parameter of the encoder has a tensor of its shape. Returns remarks about other tensors.
 */
function compareTensors(teacher: ModelInstance, source: WeightSource, folder: string): string[] {
  const { map, missing, unexpected } = matchTensors(teacher, source.tensors.keys())
  const needed = missing.filter((one) =>
    teacher.parameters.some(({ path: own, part }) => own === one && part === 'encoder'),
  )
  if (needed.length > 0)
    throw unusable(
      folder,
      `its weights have no tensor for ${listed(needed)}; config.json says another model than the weights are of`,
    )
  for (const { path: own, canonical, shape: ours } of teacher.parameters) {
    const tensor = map.get(canonical) ?? ''
    const shape = shapeUnder(teacher, { path: own, shape: ours }, tensor)
    const found = source.tensors.get(tensor)?.shape
    if (own !== canonical || found === undefined || found.join() === shape.join()) continue
    throw unusable(
      folder,
      `config.json gives ${tensor} the shape [${shape.join(', ')}], the weights have [${found.join(', ')}]`,
    )
  }
  return unexpected.length > 0 ? [`in the weights, not used: ${listed(unexpected)}`] : []
}

function specText(
  model: ModelDescription,
  task: Task | undefined,
  { pooler, length, weights }: { pooler: boolean; length: number; weights: string },
): string {
  const used = task === undefined ? [] : [task.head]
  const layers = model.sizes.get('layers') ?? 1
  const fewer = layers % 2 === 0 ? layers / 2 : 1
  const groups = model.sizes.has('groups') ? ', groups = 1' : ''
  const place = JSON.stringify(weights)
  const data = task?.data ?? ['train = "train.txt", text = lines']
  const copies = [
    'embedding from T.embedding',
    ...(model.family.type === 'albert' ? [] : ['layer[m] from T.layer[g(m)]']),
    ...used.map(({ name }) => `${name} from T.${name}`),
  ]
  const imported =
    task && task.imports.length > 0 ? `\nimport { ${task.imports.join(', ')} } from "std/losses.distill"` : ''
  return `/// Made from ${weights} (${model.modelClass.name}): a student of fewer layers learns from it. Name your texts in \`data\`, then train.
${importsText(model, used)}${imported}

data texts {
${data.map((line) => `  ${line}`).join('\n')}
  tokenizer = ${place}, max_length = ${length}
}

${modelText('teacher_model', model, { pooler, vocabulary: task?.vocabulary })}
model student_model = teacher_model with { layers = ${fewer}${groups} }

teacher T : teacher_model { weights = ${place}${used.length > 0 ? `, ${headsText(used)}` : ''} }
map g : student_model -> teacher_model = uniform
student S : student_model {
${used.length > 0 ? `  ${headsText(used)}\n` : ''}  init { ${copies.join(', ')} }
}

loss hidden = sum m in 0..S.layers { mse(S.hidden[m], T.hidden[g(m)]) }
${task ? `loss answers = ${task.loss}\n` : ''}
stage distil {
  minimize hidden${task ? ' + answers' : ''}
  data = texts, budget = 3 epochs, batch = 32
  optimizer = adamw(rate = linear(5e-5, warmup = 10%), weight_decay = 0.01, clip = 1)
    except [**.bias, **.scale] { weight_decay = 0 }${task && task.metrics.length > 0 ? `\n  evaluate = [${task.metrics.join(', ')}]` : ''}
}
`
}
