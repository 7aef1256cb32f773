/**
 * A first spec for a folder of a model: the teacher as config.json says it, a student of half its layers made from every other one, and a stage that
 * distils hidden states and answers. It is checked, and compared with the tensors and the vocabulary of the folder, before anybody sees it.
 */
import path from 'node:path'
import type { ModelInstance } from '../check/program.ts'
import { loadTokenizer } from '../data/tokenizer/load-tokenizer.ts'
import { listed } from '../train/words.ts'
import { matchTensors } from '../weights/names.ts'
import { openWeights, type WeightSource } from '../weights/weight-source.ts'
import { checkText, headsOf, headsText, importsText, modelText, type NamedHead } from './class-spec.ts'
import { type ModelDescription, readConfig, unusable } from './config.ts'

export interface NewSpec {
  readonly text: string
  /** What was read, in words, a line each. */
  readonly notes: readonly string[]
}

/**
 * @param folder of the model, as the user gave it
 * @param file where the spec will be: paths in it are relative to its folder
 * @throws DiagnosticError E0930 (the folder), E0901.. (its weights), E0808, E0809, E0813 (its tokenizer)
 */
export function newSpec(folder: string, file: string): NewSpec {
  const model = readConfig(folder)
  const source = openWeights(folder)
  const names = [...source.tensors.keys()]
  const pooler = names.some((name) => name.includes('pooler'))
  // TinyBERT's code keeps its projection in the file, and its classifier reads relu(pooled).
  const published = names.some((name) => /^fit_denses?\./.test(name))
  const labels =
    published && model.modelClass.before === undefined ? 'texts.label, before = relu' : 'texts.label'
  const { vocabulary } = loadTokenizer(folder)
  const size = model.sizes.get('vocabulary') ?? 0
  if (vocabulary.pieces.length > size) {
    const problem = `its vocabulary has ${vocabulary.pieces.length} pieces, but vocab_size in config.json is ${size}: the vocabulary is of another model`
    throw unusable(folder, problem)
  }
  const weights = path.relative(path.dirname(path.resolve(file)), path.resolve(folder)) || '.'
  const text = specText(model, { pooler, labels, weights: weights.split(path.sep).join('/') })
  const teacher = checked(folder, file, text)
  const notes = [
    `${model.modelClass.name}: ${model.sizes.get('layers')} layers of ${model.sizes.get('hidden_size')}, ${source.tensors.size} tensors, ${vocabulary.pieces.length} pieces`,
    ...compareTensors(teacher, source, folder),
  ]
  return { text, notes }
}

function checked(folder: string, file: string, text: string): ModelInstance {
  const { program, diagnostics } = checkText(file, text)
  const teacher = program?.instances.get('T')
  if (teacher === undefined)
    throw unusable(folder, `what config.json says makes no model: ${diagnostics[0]?.message ?? ''}`)
  return teacher
}

/** Every parameter of the encoder must have its tensor, of its shape; heads may be new. Returns what is said of the rest. */
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
  for (const { path: own, canonical, shape } of teacher.parameters) {
    const tensor = map.get(canonical)
    const found = source.tensors.get(tensor ?? '')?.shape
    if (own !== canonical || found === undefined || found.join() === shape.join()) continue
    throw unusable(
      folder,
      `config.json gives ${tensor} the shape [${shape.join(', ')}], the weights have [${found.join(', ')}]`,
    )
  }
  const heads = missing.filter((one) => !needed.includes(one))
  return [
    ...(heads.length > 0 ? [`not in the weights, so they start untrained: ${listed(heads)}`] : []),
    ...(unexpected.length > 0 ? [`in the weights, not used: ${listed(unexpected)}`] : []),
  ]
}

/** What the student is taught by answers, where the class has such a head. */
interface Task {
  readonly label: string
  readonly loss: string
  readonly losses: readonly string[]
  readonly metric: string
}

function taskOf(model: ModelDescription, [head]: readonly NamedHead[]): Task | undefined {
  if (head?.kind === 'regressor') {
    const at = `${head.name}.value`
    return { label: 'number(column("label"))', loss: `mse(S.${at}, T.${at})`, losses: [], metric: 'pearson' }
  }
  if (head?.kind !== 'classifier' && head?.kind !== 'first_token_classifier') return undefined
  const at = `${head.name}.logits`
  const labels = model.labels ?? ['LABEL_0', 'LABEL_1']
  return {
    label: `class(column("label"), [${labels.map((name) => JSON.stringify(name)).join(', ')}])`,
    loss: `soften(S.${at}, T.${at}, temperature = 2)`,
    losses: ['soften'],
    metric: 'accuracy',
  }
}

function specText(
  model: ModelDescription,
  { pooler, labels, weights }: { pooler: boolean; labels: string; weights: string },
): string {
  const heads = headsOf(model, labels)
  const known = taskOf(model, heads)
  // Only heads that a loss reads: the others would need data of their own.
  const used = known === undefined ? [] : heads
  const layers = model.sizes.get('layers') ?? 1
  const fewer = layers % 2 === 0 ? layers / 2 : 1
  const groups = model.sizes.has('groups') ? ', groups = 1' : ''
  const place = JSON.stringify(weights)
  const input = known
    ? `  train = "train.tsv", validation = "validation.tsv", text = column("text")\n  label = ${known.label}`
    : '  train = "train.txt", text = lines'
  const copies = [
    'embedding from T.embedding',
    ...(model.family.type === 'albert' ? [] : ['layer[m] from T.layer[g(m)]']),
    ...used.map(({ name }) => `${name} from T.${name}`),
  ]
  return `/// Made from ${weights} (${model.modelClass.name}): a student of fewer layers learns from it. Name your texts in \`data\`, then train.
${importsText(model, used)}${known && known.losses.length > 0 ? `\nimport { ${known.losses.join(', ')} } from "std/losses.distill"` : ''}

data texts {
${input}
  tokenizer = ${place}, max_length = ${Math.min(128, model.sizes.get('positions') ?? 128)}
}

${modelText('teacher_model', model, pooler)}
model student_model = teacher_model with { layers = ${fewer}${groups} }

teacher T : teacher_model { weights = ${place}${used.length > 0 ? `, ${headsText(used)}` : ''} }
map g : student_model -> teacher_model = uniform
student S : student_model {
${used.length > 0 ? `  ${headsText(used)}\n` : ''}  init { ${copies.join(', ')} }
}

loss hidden = sum m in 0..S.layers { mse(S.hidden[m], T.hidden[g(m)]) }
${known ? `loss answer = ${known.loss}\n` : ''}
stage distil {
  minimize hidden${known ? ' + answer' : ''}
  data = texts, budget = 3 epochs, batch = 32
  optimizer = adamw(rate = linear(5e-5, warmup = 10%), weight_decay = 0.01, clip = 1)
    except [**.bias, **.scale] { weight_decay = 0 }${known ? `\n  evaluate = [${known.metric}]` : ''}
}
`
}
