/**
 * A model that gives a vector for each text, as the modules of sentence-transformers: Pooling over the states
 * of an encoder, then Dense and Normalize in any order.
 */

import { headOutputs } from '../../check/head-outputs.ts'
import type { ModelInstance } from '../../check/program.ts'
import { axesOf } from '../../check/tasks.ts'
import type { Term } from '../../check/tensor-term.ts'
import { erf } from '../../graph/ops/support/erf.ts'
import { ownFamily, refused } from '../describe.ts'
import { isTransparent } from '../transparent.ts'

export type SentenceModule =
  | {
      readonly kind: 'dense'
      /** Paths of the model's parameters. */
      readonly weight: string
      readonly bias: string | undefined
      readonly activation: Activation
    }
  | { readonly kind: 'normalize' }

export interface SentenceModules {
  /** Where the model has the vector: `pooler`, `embed.vector`. */
  readonly tap: string
  readonly pooling: 'mean' | 'max' | 'cls'
  /** In the order of computation. */
  readonly modules: readonly SentenceModule[]
}

/**
 * Classes of PyTorch that a Dense module may name, those that are made without arguments, and what they
 * compute.
 */
export const denseActivations = {
  identity: { name: 'torch.nn.modules.linear.Identity', of: (x: number): number => x },
  tanh: { name: 'torch.nn.modules.activation.Tanh', of: Math.tanh },
  relu: { name: 'torch.nn.modules.activation.ReLU', of: (x: number): number => Math.max(x, 0) },
  gelu: {
    name: 'torch.nn.modules.activation.GELU',
    of: (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2,
  },
  sigmoid: { name: 'torch.nn.modules.activation.Sigmoid', of: (x: number): number => 1 / (1 + Math.exp(-x)) },
} as const
type Activation = keyof typeof denseActivations

/** `Pooling (mean), Dense and Normalize` */
export function modulesText({ pooling, modules }: SentenceModules): string {
  const names = [
    `Pooling (${pooling})`,
    ...modules.map(({ kind }) => (kind === 'dense' ? 'Dense' : 'Normalize')),
  ]
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/**
 * Where the model gives a vector for each text, and no head answers: the last vector of the only head
 * `heads`, else its output, else its pooler. Undefined for models that give answers or states.
 */
function vectorTap(instance: ModelInstance, heads: readonly string[]): string | undefined {
  const [head] = heads
  const isVector = (path: string): boolean => axesOf(instance.taps.get(path)) === 'example unit'
  if (head === undefined) return ['output', 'pooler'].find(isVector)
  if (heads.length > 1 || headOutputs(instance).some((output) => output.head === head)) return undefined
  const vectors = [...instance.taps].filter(([path]) => path.startsWith(`${head}.`) && isVector(path))
  // What is computed of another one has the higher id.
  return vectors.toSorted(([, a], [, b]) => a.id - b.id).at(-1)?.[0]
}

/** The modules that compute the vector at `tap`; undefined where they cannot. */
function sentenceModules(instance: ModelInstance, tap: string): SentenceModules | undefined {
  const modules: SentenceModule[] = []
  for (let term = instance.taps.get(tap); term !== undefined; ) {
    const { operation, inputs } = term
    const [input] = inputs
    const dense = denseOf(term)
    if (isTransparent(operation)) term = input
    else if (operation.op === 'normalize' && operation.over === 'unit') {
      modules.unshift({ kind: 'normalize' })
      term = input
    } else if (dense !== undefined) {
      modules.unshift(dense.module)
      term = dense.input
    } else {
      const pooling = poolingOf(term)
      const pooled = pooling && through(input) === through(lastState(instance))
      return pooled ? { tap, pooling, modules } : undefined
    }
  }
  return undefined
}

function denseOf(
  term: Term,
): { readonly module: SentenceModule; readonly input: Term | undefined } | undefined {
  const { operation, inputs } = term
  const named = operation.op === 'unary' && isActivation(operation.name) ? operation.name : undefined
  const linear = named === undefined ? term : through(inputs[0])
  if (linear?.operation.op !== 'linear' || linear.operation.out !== 'unit') return undefined
  const [input, weight, bias] = linear.inputs
  if (weight?.operation.op !== 'parameter') return undefined
  const biasPath = bias?.operation.op === 'parameter' ? bias.operation.parameter.path : undefined
  const module: SentenceModule = {
    kind: 'dense',
    weight: weight.operation.parameter.path,
    bias: biasPath,
    activation: named ?? 'identity',
  }
  return { module, input }
}

function poolingOf({ operation }: Term): SentenceModules['pooling'] | undefined {
  if (operation.op === 'pick') return operation.axis === 'token' && operation.index === 0 ? 'cls' : undefined
  if (operation.op !== 'reduce' || operation.over !== 'token' || operation.live !== 'attended')
    return undefined
  return operation.how === 'mean' || operation.how === 'max' ? operation.how : undefined
}

/** What an encoder class gives as its last hidden state. */
function lastState({ taps, layers }: ModelInstance): Term | undefined {
  const output = taps.get('output')
  return axesOf(output) === 'example token unit' ? output : taps.get(`hidden[${layers}]`)
}

/** The term under dropout and the like, which do nothing to values in evaluation mode. */
function through(term: Term | undefined): Term | undefined {
  let inner = term
  while (inner !== undefined && isTransparent(inner.operation)) inner = inner.inputs[0]
  return inner
}

function isActivation(name: string): name is Activation {
  return Object.hasOwn(denseActivations, name)
}

/**
 * The modules of a model whose vector no class of transformers gives; undefined for models that give answers,
 * states, or the pooler of their class.
 * @param heads of the folder
 * @throws DiagnosticError E0931 for a vector that these modules do not compute
 */
export function sentenceOf(instance: ModelInstance, heads: readonly string[]): SentenceModules | undefined {
  const tap = vectorTap(instance, heads)
  if (tap === undefined) return undefined
  const modules = sentenceModules(instance, tap)
  if (tap === 'pooler' && (modules === undefined || isPoolerOfClass(instance, modules))) return undefined
  if (modules !== undefined) return modules
  throw refused(
    instance,
    `\`${tap}\` is no mean, maximum or first token of the last states with linear maps and normalize behind it, as the modules of sentence-transformers are`,
  )
}

/** The tap of the vector for each text, whatever makes it; undefined for the pooler of a class. */
export function ownVector(instance: ModelInstance, heads: readonly string[]): string | undefined {
  const tap = vectorTap(instance, heads)
  const modules = tap === 'pooler' ? sentenceModules(instance, tap) : undefined
  return modules !== undefined && isPoolerOfClass(instance, modules) ? undefined : tap
}

/** What a class of transformers has as its pooler. */
function isPoolerOfClass(instance: ModelInstance, { pooling, modules }: SentenceModules): boolean {
  const family = ownFamily(instance)
  const [first, ...others] = modules
  if (pooling !== 'cls' || others.length > 0 || family?.classes[0]?.pooler !== true) return false
  if (first === undefined) return family.choices.some(({ pooler }) => pooler)
  return first.kind === 'dense' && first.weight === 'pooler.weight' && first.activation === 'tanh'
}
