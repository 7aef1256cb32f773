import { describe, expect, test } from 'vitest'
import type { ModelInstance } from '../../src/check/program.ts'
import { instance, preamble, program } from './spec-text.ts'

const tiny = (body: string) => `
model tiny {
  width = 8
  word = lookup(tokens, 100, width)
  ${body}
}
student S : tiny { }`
const student = (spec: string) => instance(program(spec), 'S')
const paths = ({ parameters }: ModelInstance) => parameters.map(({ path }) => path)
const shapes = ({ parameters }: ModelInstance) =>
  Object.fromEntries(parameters.map(({ path, shape }) => [path, shape.join('x')]))

describe('late binding', () => {
  const spec = (changes: string) => `
model base { width = 8, inner = 4 * width, depth = 1
  word = lookup(tokens, 100, width)
  layer[m] for m in 1..depth from x = word {
    ffn { up = linear(x, inner), down = linear(relu(up), width) }
    output = x + ffn.down
  }
  output = layer[depth].output
}
model changed = base with { ${changes} }
student S : changed { }`
  test('a setting moves what depends on it', () => {
    expect(student(spec('width = 6')).settings).toEqual(
      new Map(Object.entries({ width: 6, inner: 24, depth: 1 })),
    )
    expect(shapes(student(spec('width = 6')))['layer[1].ffn.up.weight']).toBe('24x6')
  })
  test('blocks merge by path; the rest stays', () => {
    const S = student(spec('layer[m] { ffn { up = linear(x, 5) } }'))
    expect(shapes(S)['layer[1].ffn.up.weight']).toBe('5x8')
    expect(shapes(S)['layer[1].ffn.down.weight']).toBe('8x5')
  })
  test('a change may use a name that it adds', () => {
    expect(shapes(student(spec('setting half = width / 2, inner = half')))['layer[1].ffn.up.weight']).toBe(
      '4x8',
    )
  })
  test('what is left out is the zero of a sum', () => {
    const S = student(spec('layer[m] { without ffn }, layer[m] { output = x + linear(x, width) }'))
    expect(paths(S)).toEqual(['word.weight', 'layer[1].output.weight', 'layer[1].output.bias'])
    const sum = student(spec('layer[m] { ffn { without down }, output = x + ffn.down }'))
    expect(sum.taps.get('layer[1].output')).toBe(sum.taps.get('word'))
  })
})

describe('a setting that is a function', () => {
  const body = `normalised = affine
  one { dense = linear(word, 4), norm = normalised(dense) }
  two = normalised(linear_part)
  linear_part = linear(one.norm, width)`
  test('makes its parameters where it is called', () => {
    expect(shapes(student(tiny(body)))).toMatchObject({
      'one.norm.scale': '4',
      'one.norm.bias': '4',
      'two.scale': '8',
    })
  })
  test('may be replaced by a lambda, which reads the model', () => {
    const S = student(`${tiny(body).replace('student S : tiny { }', '')}
model other = tiny with { setting epsilon = 1e-5, normalised = x -> layer_norm(x, epsilon) }
student S : other { }`)
    expect(shapes(S)).toMatchObject({ 'one.norm.scale': '4', 'two.scale': '8', 'two.bias': '8' })
    expect(S.taps.get('two')?.operation).toEqual({ op: 'layer_norm', epsilon: 1e-5 })
    expect(S.parameters.some(({ path }) => path.startsWith('normalised'))).toBe(false)
  })
})

test('every tensor that is bound can be tapped, and families by number', () => {
  const taps = student(preamble).taps
  for (const path of [
    'embedding.word',
    'input',
    'mask',
    'layer[2].attention.scores',
    'task.logits',
    'pooler',
  ])
    expect(taps.has(path), path).toBe(true)
  expect(taps.get('hidden[0]')).toBe(taps.get('input'))
  expect(taps.get('hidden[2]')).toBe(taps.get('layer[2].output'))
  expect(taps.has('hidden[3]')).toBe(false)
  expect(taps.get('layer[1].attention.scores')?.axes.map(({ axis, size }) => [axis, size])).toEqual([
    ['example', 'B'],
    ['head', 4],
    ['token', 'L'],
    ["token'", 'L'],
  ])
})

describe('sharing', () => {
  const layers = (more: string) =>
    tiny(`layer[m] for m in 1..4 from x = word {
    up = linear(x, width)
    output = layer_norm(x + up, 1e-12)
  }
  ${more}`)
  const canonical = (spec: string, leaf: string) =>
    [1, 2, 3, 4].map((m) => {
      const found = student(spec).parameters.find(({ path }) => path === `layer[${m}].${leaf}`)
      return Number(found?.canonical.slice('layer['.length, 'layer['.length + 1))
    })
  test('groups of equal size, listed groups', () => {
    expect(canonical(layers('share layer[*] in 1 group'), 'up.weight')).toEqual([1, 1, 1, 1])
    expect(canonical(layers('share layer[*] in 2 groups'), 'up.weight')).toEqual([1, 1, 3, 3])
    expect(canonical(layers('share layer[*] in [1..3, 4]'), 'up.weight')).toEqual([1, 1, 1, 4])
  })
  test('only what the path names', () => {
    const spec = layers('share layer[*].up in 1 group')
    expect(canonical(spec, 'up.bias')).toEqual([1, 1, 1, 1])
    expect(canonical(spec, 'output.scale')).toEqual([1, 2, 3, 4])
  })
  test('several lines join', () => {
    const spec = layers(
      'share layer[*] in [1, 3, 2, 4], share layer[*].up in [[1, 3], [2, 4]], share layer[*].up in [3..4, 1, 2]',
    )
    expect(canonical(spec, 'up.weight')).toEqual([1, 1, 1, 1])
    expect(canonical(spec, 'output.bias')).toEqual([1, 2, 3, 4])
  })
  test('the terms of a shared layer read the one parameter', () => {
    const S = student(layers('share layer[*] in 1 group'))
    const weight = (m: number) => S.taps.get(`layer[${m}].up`)?.inputs[1]
    expect(weight(4)).toBe(weight(1))
    expect(weight(4)?.operation).toMatchObject({ parameter: { owner: 'S', path: 'layer[1].up.weight' } })
  })
})

test('each use of a shared layer has its own dropout', () => {
  const S = student(
    tiny(`layer[m] for m in 1..2 from x = word { up = linear(x, width), output = dropout(dropout(up, 10%), 20%) }
  share layer[*] in 1 group`),
  )
  const sites = [1, 2].flatMap((m) => {
    const outer = S.taps.get(`layer[${m}].output`)
    return [outer?.inputs[0], outer].map((term) =>
      term?.operation.op === 'dropout' ? term.operation.site : undefined,
    )
  })
  expect(sites).toEqual([
    'S.layer[1].output',
    'S.layer[1].output#2',
    'S.layer[2].output',
    'S.layer[2].output#2',
  ])
})

test('factorization makes two matrices of one', () => {
  const S = student(tiny('a { up = linear(word, 12), down = linear(up, 6) }\n  factorize a.* to rank(3)'))
  expect(shapes(S)).toEqual({
    'word.weight': '100x8',
    'a.up.left': '12x3',
    'a.up.right': '3x8',
    'a.up.bias': '12',
    'a.down.left': '6x3',
    'a.down.right': '3x12',
    'a.down.bias': '6',
  })
  expect(S.taps.get('a.up')?.inputs[1]?.operation.op).toBe('compose')
})

describe('heads', () => {
  test('a head reads the names of its model, and its arguments where it is added', () => {
    const S = student(preamble)
    expect(shapes(S)).toMatchObject({ 'task.logits.weight': '2x48', 'task.logits.bias': '2' })
    expect(S.heads.get('task')?.kind).toBe('classifier')
    expect(S.parameters.filter(({ part }) => part === 'heads').map(({ path }) => path)).toEqual([
      'task.logits.weight',
      'task.logits.bias',
    ])
  })
  test('a tied decoder has no matrix of its own', () => {
    const S = student(
      `${preamble.replace('student S : small { heads { task = classifier(labelled.label) } }', 'student S : small { heads { task = classifier(2), mlm = masked_lm(tied = embedding.word) } }')}`,
    )
    expect(paths(S).filter((path) => path.startsWith('mlm.logits'))).toEqual(['mlm.logits.bias'])
    expect(S.taps.get('mlm.logits')?.inputs[1]?.operation).toMatchObject({
      parameter: { owner: 'S', path: 'embedding.word.weight' },
    })
  })
  test('as reusable blocks inside a model, also in repeated ones', () => {
    const S = student(`
head feed(x, inner, act = relu) { up = linear(x, inner), output = linear(act(up), width) }
${tiny(`start = feed(word, 4)
  layer[m] for m in 1..2 from x = start.output {
    ffn[k] for k in 1..2 from y = x { block = feed(y, 2 * width, act = gelu), output = y + block.output }
    output = ffn[2].output
  }`)}`)
    expect(shapes(S)).toMatchObject({
      'start.up.weight': '4x8',
      'start.output.weight': '8x4',
      'layer[2].ffn[1].block.up.weight': '16x8',
    })
    expect(S.taps.has('layer[2].ffn[2].block.up')).toBe(true)
  })
})

test('a copy is a model of its own with the parameters of a student', () => {
  const checked = program(`${preamble}
stage first { minimize imitate }
teacher A = S after first
student B : small { weights = S, heads { task = classifier(labelled.label) } }
stage second after first { minimize kl(B.task.logits, A.task.logits) }`)
  const A = instance(checked, 'A')
  expect(A.copyOf).toEqual({ instance: 'S', stage: 'first' })
  expect(paths(A)).toEqual(paths(instance(checked, 'S')))
})

test('a lookup may keep one row from learning, a linear map may have no bias', () => {
  const S = student(
    tiny('padded = lookup(segments, 2, width, padding = 0)\n  plain = linear(word, 4, bias = none)'),
  )
  expect(S.taps.get('padded')?.operation).toMatchObject({ op: 'lookup', padding: 0 })
  expect(paths(S)).toContain('plain.weight')
  expect(paths(S)).not.toContain('plain.bias')
})

test('a name may stand for a block, which stays where it is', () => {
  const S = student(
    tiny(
      'layer[m] for m in 1..2 from x = word { up = linear(x, width), output = up }\n  stack = layer\n  last { top = layer[2], copy = top.up }',
    ),
  )
  expect(paths(S)).toEqual([
    'word.weight',
    'layer[1].up.weight',
    'layer[1].up.bias',
    'layer[2].up.weight',
    'layer[2].up.bias',
  ])
  expect(S.taps.get('last.copy')).toBe(S.taps.get('layer[2].up'))
  expect([...S.taps.keys()].some((path) => path.startsWith('stack'))).toBe(false)
})

test('a deep model is no deep recursion, wherever its end is read', () => {
  const S = student(`
model deep {
  end = layer[1000].output
  word = lookup(tokens, 100, 4)
  layer[m] for m in 1..1000 from x = word { output = tanh(x) }
}
student S : deep { }`)
  expect(S.taps.get('end')).toBe(S.taps.get('layer[1000].output'))
})

test('terms are numbered layer by layer, teachers first', () => {
  const checked = program(preamble)
  const order = ['T', 'S'].flatMap((name) => {
    const { taps } = instance(checked, name)
    return ['layer[1].output', 'layer[2].output', 'task.logits'].map(
      (path) => taps.get(path)?.id ?? Number.NaN,
    )
  })
  expect(order).toEqual([...order].sort((a, b) => a - b))
})

test('models of two files with one name are told apart by their names here', () => {
  const model = (width: number) => `model small { word = lookup(tokens, 100, ${width}) }`
  const { models } = program(
    `import { small as narrow } from "narrow.distill"
     import { small as wide } from "wide.distill"
     student S : narrow { }`,
    { 'narrow.distill': model(4), 'wide.distill': model(8) },
  )
  const shown = [...models].map(([name, model]) => [
    name,
    model.name,
    model.parameters.map(({ shape }) => shape.join('x')),
  ])
  expect(shown).toEqual([
    ['narrow', 'narrow', ['100x4']],
    ['wide', 'wide', ['100x8']],
  ])
})
