/**
 * What a new spec can be modelled on: the student's architecture, and what it learns from the teacher. Each
 * recipe is text of the language, from the parts that all recipes share.
 */
import type { Shape } from './design.ts'
import type { TaskText } from './task-text.ts'

export const recipeNames = ['plain', 'distilbert', 'tinybert', 'albert', 'minilm', 'svd'] as const
export type RecipeName = (typeof recipeNames)[number]

/** A stage of the distilled student. */
export interface DistilStage {
  readonly name: string
  readonly minimize: string
  /** Share of the student's steps. */
  readonly share: number
  /** Whether the answers of the student are trained, so that it can be scored. */
  readonly scored: boolean
}

export interface RecipeText {
  /** What the recipe is, and its paper. */
  readonly about: string
  /** Of std/losses.distill, without `soften`. */
  readonly imports: readonly string[]
  /** Lines of `model student_model = ... with { ... }`. */
  readonly base: 'base' | 'teacher_model'
  readonly student: readonly string[]
  /** Comment above the student's model. */
  readonly why: string
  /** `init { ... }` of the distilled student: paths from the teacher's copy K. */
  readonly init?: string
  /** Layer map and projections. */
  readonly maps: readonly string[]
  /** Declarations of losses beside `hard` and `soft`. */
  readonly losses: readonly string[]
  readonly stages: readonly DistilStage[]
}

export interface RecipeParts {
  readonly task: TaskText
  readonly teacher: Shape
  readonly student: Shape
}

const both = '0.5 * soft + 0.5 * hard'

export const recipes: { readonly [Name in RecipeName]: (parts: RecipeParts) => RecipeText } = {
  plain: ({ student }) => ({
    about: 'The student learns the answers of the teacher, softened, beside the labels (Hinton et al. 2015).',
    imports: [],
    base: 'base',
    student: sizesOf(student),
    why: 'A few times smaller than the teacher: small enough to be fast, large enough to follow it.',
    maps: [],
    losses: [],
    stages: [{ name: 'distil', minimize: both, share: 1, scored: true }],
  }),
  distilbert: ({ task, teacher, student }) => ({
    about:
      'DistilBERT (Sanh et al. 2019): half the layers, initialised from every other layer of the teacher; soft answers, labels, and the direction of the last states.',
    imports: [],
    base: 'teacher_model',
    student: [`layers = ${student.layers}`],
    why: 'Half the layers of the teacher, of the same width, so that its weights fit.',
    init: `embedding from K.embedding, layer[m] from K.layer[g(m)], ${task.head} from K.${task.head}`,
    maps: [`map g : student_model -> teacher_model = ${skipping(student.layers, teacher.layers)}`],
    losses: ['loss cosine = cosine_distance(S.hidden[S.layers], K.hidden[K.layers])'],
    // The paper's weights 5, 2 and 1.
    stages: [{ name: 'distil', minimize: '5 * soft + 2 * hard + cosine', share: 1, scored: true }],
  }),
  tinybert: ({ student, teacher }) => ({
    about:
      'TinyBERT (Jiao et al. 2020): first the states and attention of mapped layers, then the answers. Padding is left out, which the paper counts.',
    imports: ['attention_mse'],
    base: 'base',
    student: sizesOf({ ...student, heads: teacher.heads }),
    why: 'As many heads as the teacher: each learns the attention of one of its heads.',
    maps: [
      'map g : student_model -> teacher_model = uniform',
      'projection W : student_model.hidden_size -> teacher_model.hidden_size = linear',
    ],
    losses: [
      'loss hidn = sum m in 0..S.layers { mse(W(S.hidden[m]), K.hidden[g(m)]) }',
      'loss attn = sum m in 1..S.layers { attention_mse(S.scores[m], K.scores[g(m)]) }',
    ],
    stages: [
      { name: 'intermediate', minimize: 'hidn + attn', share: 0.4, scored: false },
      { name: 'prediction', minimize: both, share: 0.6, scored: true },
    ],
  }),
  albert: ({ teacher }) => ({
    about:
      'ALBERT (Lan et al. 2019): all layers share their parameters, and embeddings are narrower than states. It learns the answers of the teacher beside the labels.',
    imports: [],
    base: 'teacher_model',
    student: [`embedding_size = ${narrow(teacher)}`, 'share layer[*] in 1 group'],
    why: `The depth of the teacher with the parameters of one layer; embeddings of ${narrow(teacher)} units in place of ${teacher.hidden}.`,
    maps: [],
    losses: [],
    stages: [{ name: 'distil', minimize: both, share: 1, scored: true }],
  }),
  minilm: ({ student }) => ({
    about:
      'MiniLM v2 (Wang et al. 2021): the relations between the queries, keys and values of the last layer, whatever the sizes; then the answers.',
    imports: ['minilm_relation'],
    base: 'base',
    student: sizesOf(student),
    why: 'Any width and number of heads: the relations are compared in relation heads of their own.',
    maps: [],
    losses: [
      `loss relations = (minilm_relation(S.query[S.layers], K.query[K.layers], ${relationHeads})
        + minilm_relation(S.key[S.layers], K.key[K.layers], ${relationHeads})
        + minilm_relation(S.value[S.layers], K.value[K.layers], ${relationHeads}))
      / 3`,
    ],
    stages: [
      { name: 'relate', minimize: 'relations', share: 0.3, scored: false },
      { name: 'distil', minimize: both, share: 0.7, scored: true },
    ],
  }),
  svd: ({ task, teacher }) => ({
    about:
      'Factors by singular value decomposition: the matrices of the trained teacher become products of two narrow ones, and the student learns on from there.',
    imports: [],
    base: 'teacher_model',
    student: [
      `factorize embedding.word to rank(${Math.round(teacher.hidden / 4)}) from svd`,
      `factorize layer[*].ffn.* to rank(${Math.round(teacher.hidden / 4)}) from svd`,
    ],
    why: 'A quarter of the rank for the largest matrices: embeddings and feed-forward layers.',
    init: `embedding from K.embedding, layer[m] from K.layer[m], ${task.head} from K.${task.head}`,
    maps: [],
    losses: [],
    stages: [{ name: 'distil', minimize: both, share: 1, scored: true }],
  }),
}

/** Units of the embedding of ALBERT: 128 of 768 in its paper, here a quarter. */
function narrow({ hidden }: Shape): number {
  return Math.min(128, Math.max(4, Math.round(hidden / 4)))
}

/** Divides all widths of the shapes that are chosen. */
const relationHeads = 8

function sizesOf({ layers, hidden, heads }: Shape): string[] {
  return [`layers = ${layers}`, `hidden_size = ${hidden}`, `heads = ${heads}`]
}

/** Every other layer, the last one included. */
function skipping(student: number, teacher: number): string {
  const step = teacher / student
  return `[${Array.from({ length: student }, (_, m) => Math.round((m + 1) * step)).join(', ')}]`
}
