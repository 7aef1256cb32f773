import { describe, expect, test } from 'vitest'
import type { OptimizerSpec, Stage } from '../../src/check/program.ts'
import type { Term } from '../../src/check/tensor-term.ts'
import { checkFile } from '../../src/disk/check-file.ts'
import { compileStage } from '../../src/lower/stage.ts'
import { check, preamble, program, stage } from './spec-text.ts'

/** The one stage of the preamble and these lines. */
const of = (text: string, name = 's'): Stage => stage(program(`${preamble}\n${text}`), name)
const weight = (term: Term | undefined): unknown =>
  term?.operation.op === 'number' ? term.operation.value : term?.operation.op
const weights = ({ terms }: Stage) => terms.map(({ name, weight: term }) => [name, weight(term)])

describe('losses', () => {
  test('a weighted sum of named losses', () => {
    expect(weights(of('stage s { minimize 5 * imitate + hard * 2 - (hard + imitate / 4) }'))).toEqual([
      ['imitate', 4.75],
      ['hard', 1],
    ])
  })
  test('losses with parameters, binders, anonymous parts', () => {
    const text = `
      loss hidn(S, T) = sum m in 1..2 { mse(S.hidden[m], T.hidden[m]) }
      stage s { minimize hidn(S, T) + 0.5 * mse(S.hidden[0], T.hidden[0]) + 3 }
      stage plain { minimize mse(S.hidden[0], T.hidden[0]) * 2 }`
    expect(weights(of(text))).toEqual([
      ['hidn', 1],
      ['rest', 1],
    ])
    expect(weights(of(text, 'plain'))).toEqual([['loss', 1]])
  })
  test('losses that say the same keep their names', () => {
    const again = 'loss again = soften(S.task.logits, T.task.logits, temperature = 2)'
    const also = 'loss also = again'
    const stage = of(`${again}\n${also}\nstage s { minimize imitate + 2 * again + 3 * also + 4 * again }`)
    expect(weights(stage)).toEqual([
      ['imitate', 1],
      ['again', 6],
      ['also', 3],
    ])
    // One computation: the graph's equal nodes are one.
    const { outputs } = compileStage(program(`${preamble}\n${again}`), stage).forward
    expect(outputs.get('term again')).toBeDefined()
    expect(outputs.get('term again')).toBe(outputs.get('term imitate'))
  })
  test('uses that are written alike are counted', () => {
    const text = `
      loss layer(m) = mse(S.hidden[m], T.hidden[m])
      stage s { minimize sum m in 0..2 { layer(m) } }`
    expect(weights(of(text)).map(([name]) => name)).toEqual(['layer(m)', 'layer(m) #2', 'layer(m) #3'])
  })
  test('weights may mention progress; a loss that enters otherwise has no weight', () => {
    expect(weights(of('stage s { minimize (1 - progress) * imitate + progress * hard }'))).toEqual([
      ['imitate', 'binary'],
      ['hard', 'schedule'],
    ])
    expect(weights(of('stage s { minimize max(imitate, hard) }'))).toEqual([
      ['imitate', undefined],
      ['hard', undefined],
    ])
  })
  test('targets, instances and projections that are read', () => {
    const found = of(`
      projection W : small.hidden_size -> small.hidden_size = linear
      stage s { minimize hard + mse(W(S.hidden[1]), T.hidden[1]) }`)
    expect([...found.targets.keys()]).toEqual(['label'])
    expect(found.instances).toEqual(['T', 'S'])
    expect(found.projections).toEqual(['W'])
  })
})

describe('what is trained', () => {
  test('by default the students that the gradient reaches, and their projections', () => {
    const found = of(`
      student R : small { }
      projection W : small.hidden_size -> small.hidden_size = linear
      projection V : small.hidden_size -> small.hidden_size = linear
      stage s { minimize mse(W(S.hidden[1]), T.hidden[1]) + mse(constant(R.hidden[1]), T.hidden[1]) }`)
    expect(new Set(found.trained.map((key) => key.split('.')[0]))).toEqual(new Set(['S', 'W']))
    expect(found.trained).toContain('W.bias')
    expect(found.trained).toContain('S.layer[1].ffn.norm.scale')
    expect(found.unreached).toContain('S.layer[2].ffn.norm.scale')
    expect(found.unreached).toContain('S.pooler.weight')
    expect([...found.training]).toEqual(['S'])
  })
  test('train and freeze take paths, and repeat', () => {
    const found = of(
      'stage s { train S.layer[1..2].attention, train S.task, freeze S.layer[*].*.norm, minimize imitate }',
    )
    const parts = new Set(found.trained.map((key) => key.replace(/\.[^.]*$/, '')))
    expect(parts.has('S.layer[2].attention.query')).toBe(true)
    expect(parts.has('S.task.logits')).toBe(true)
    expect(parts.has('S.layer[1].attention.norm')).toBe(false)
    expect(parts.has('S.layer[1].ffn.up')).toBe(false)
    expect(found.trained.length).toBe(2 * 8 + 2)
  })
  test('freezing alone takes away from the default', () => {
    const found = of('stage s { freeze S.embedding, minimize imitate }')
    expect(found.trained.some((key) => key.startsWith('S.embedding'))).toBe(false)
    expect(found.trained.some((key) => key.startsWith('S.layer'))).toBe(true)
  })
  test('a teacher only where it is named; dropout = on keeps it in training mode', () => {
    const own = 'loss own = cross_entropy(T.task.logits, batch.label)\nstage s { train T, minimize own }'
    const taught = check(`${preamble}\n${own}`).program?.stages[0]
    if (taught === undefined) throw new Error('no stage')
    expect(taught.trained[0]).toBe('T.embedding.word.weight')
    expect([...taught.training]).toEqual(['T'])
    const quirk = of(`
      teacher Q : small { dropout = on, heads { task = classifier(labelled.label) } }
      stage s { minimize soften(S.task.logits, Q.task.logits) }`)
    expect([...quirk.training].sort()).toEqual(['Q', 'S'])
    expect(quirk.trained.some((key) => key.startsWith('Q.'))).toBe(false)
  })
  test('shared and tied parameters once, by the first place', () => {
    const found = of(`
      model one = small with { share layer[*] in 1 group }
      student U : one { heads { mlm = masked_lm(tied = embedding.word) } }
      stage s { train U.layer[*], minimize cross_entropy(U.mlm.logits, batch.original) where masked }
      `)
    expect(found.trained.length).toBe(16)
    expect(found.trained.every((key) => key.startsWith('U.layer[1].'))).toBe(true)
  })
  test('members of a projection family', () => {
    const text = `
      projection W[m] for m in 1..2 : small.hidden_size -> small.hidden_size = linear
      loss hidn = sum m in 1..2 { mse(W[m](S.hidden[m]), T.hidden[m]) }
      stage s { train W[2], minimize hidn }
      stage all { train W, minimize hidn }`
    expect(of(text).trained).toEqual(['W[2].weight', 'W[2].bias'])
    expect(of(text, 'all').trained).toEqual(['W[1].weight', 'W[1].bias', 'W[2].weight', 'W[2].bias'])
  })
})

describe('order and families', () => {
  test('stages stand behind what they are after, members follow one another', () => {
    const { stages } = program(`${preamble}
      stage last after climb { minimize imitate }
      stage climb[m] for m in 1..S.layers after first { train S.layer[1..m], minimize imitate / m }
      stage first { minimize imitate }`)
    expect(stages.map(({ name, after }) => [name, after])).toEqual([
      ['first', undefined],
      ['climb[1]', 'first'],
      ['climb[2]', 'climb[1]'],
      ['last', 'climb[2]'],
    ])
    expect(stages[2]?.family).toEqual({ name: 'climb', index: 2 })
    expect(stages.map(({ trained }) => trained.length).slice(1, 3)).toEqual([16, 32])
    expect(stages.map(weights)).toEqual([
      [['imitate', 1]],
      [['imitate', 1]],
      [['imitate', 0.5]],
      [['imitate', 1]],
    ])
  })
  test('a copy may be used by what comes later', () => {
    const found = program(`${preamble}
      teacher A = S after climb
      stage climb[m] for m in 1..2 { minimize imitate }
      stage more after climb { minimize imitate }
      stage again after more { minimize soften(S.task.logits, A.task.logits) }`)
    expect(stage(found, 'again').instances).toEqual(['S', 'A'])
  })
})

describe('settings', () => {
  test('all of them', () => {
    const found = of(`stage s {
      minimize hard, data = labelled, budget = 3 epochs, batch = 64, microbatch = 16, normalise = microbatch
      optimizer = sgd(0.1, momentum = 0.9)
      evaluate = [accuracy, f1], keep = [best(f1), last(3)], patience = 3, every = 500 steps
    }`)
    expect(found).toMatchObject({
      data: 'labelled',
      budget: { amount: 3, unit: 'epochs' },
      batch: 64,
      microbatch: 16,
      normalise: 'microbatch',
      evaluate: [{ metric: 'accuracy' }, { metric: 'f1' }],
      keep: { best: { metric: 'f1' }, last: 3 },
      patience: 3,
      every: 500,
      continueOptimizer: false,
    })
    expect(found.optimizer).toMatchObject({
      kind: 'sgd',
      settings: { rate: { kind: 'constant', rate: 0.1 }, momentum: 0.9 },
    })
  })
  test('partial batches are kept unless a stage leaves them out', () => {
    expect(of('stage s { minimize hard, partial = drop }').partial).toBe('drop')
    expect(of('stage s { minimize hard, partial = keep }').partial).toBeUndefined()
    expect(of('stage s { minimize hard }').partial).toBeUndefined()
  })
  test('a metric may be the text of a setting', () => {
    const text = (value: string) => `setting metric = "${value}"
      stage s { minimize hard, evaluate = [accuracy, metric], keep = best(metric) }`
    expect(of(text('f1'))).toMatchObject({
      evaluate: [{ metric: 'accuracy' }, { metric: 'f1' }],
      keep: { best: { metric: 'f1' } },
    })
    expect(check(`${preamble}\n${text('f2')}`).codes).toEqual(['E0716', 'E0716'])
  })
  test('only minimize is needed', () => {
    const found = of('stage s { minimize hard }')
    expect(found).toMatchObject({ batch: 32, normalise: 'batch', evaluate: [] })
    expect(found.data ?? found.budget ?? found.optimizer ?? found.microbatch ?? found.keep).toBeUndefined()
  })
  test('an optimizer that goes on', () => {
    const text = `
      stage r { minimize hard, optimizer = lamb(rate = 1e-3) }
      stage s after r { minimize imitate, continue optimizer }`
    expect(of(text)).toMatchObject({ continueOptimizer: true, optimizer: { kind: 'lamb' } })
  })
})

describe('optimizers', () => {
  const optimizer = (text: string): OptimizerSpec => {
    const found = of(`stage s { minimize imitate, optimizer = ${text} }`).optimizer
    if (found === undefined) throw new Error('no optimizer')
    return found
  }
  test('defaults', () => {
    expect(optimizer('adamw(rate = 1e-3)')).toMatchObject({
      kind: 'adamw',
      settings: { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 },
      groups: [],
    })
    expect(optimizer('adamw(rate = 1e-3)').clip).toBeUndefined()
    expect(optimizer('bert_adam(rate = 1e-3)').settings.epsilon).toBe(1e-6)
    expect(optimizer('lamb(rate = 1e-3)').settings.epsilon).toBe(1e-6)
    expect(optimizer('adam(rate = 1e-3, clip = none)').clip).toBeUndefined()
  })
  test('bert_adam limits the norm of each gradient to 1, to another number, or not', () => {
    expect(optimizer('bert_adam(rate = 1e-3)').clip).toBe(1)
    expect(optimizer('bert_adam(rate = 1e-3, clip = 0.5)').clip).toBe(0.5)
    expect(optimizer('bert_adam(rate = 1e-3, clip = none)').clip).toBeUndefined()
  })
  test("lamb's ratio and corrections are on; each can be off, for all or for some", () => {
    expect(optimizer('lamb(rate = 1e-3)').settings).toMatchObject({ trust: true, biasCorrection: true })
    const text = 'lamb(rate = 1e-3, bias_correction = off) except [**.bias] { trust = off }'
    const { settings, groups } = optimizer(text)
    expect(settings).toMatchObject({ trust: true, biasCorrection: false })
    expect(groups.map((group) => group.settings)).toMatchObject([{ trust: false, biasCorrection: false }])
    expect(optimizer('adamw(rate = 1e-3)').settings).not.toHaveProperty('trust')
  })
  test('rates', () => {
    expect(optimizer('adamw(rate = linear(5e-4, warmup = 5%), clip = 5)')).toMatchObject({
      settings: { rate: { kind: 'linear', rate: 5e-4, warmup: 0.05 } },
      clip: 5,
    })
    expect(optimizer('adamw(rate = constant(5e-4))').settings.rate).toEqual({ kind: 'constant', rate: 5e-4 })
    expect(optimizer('adamw(rate = 1e-3 * (1 - progress)^2)').settings.rate).toMatchObject({
      kind: 'expression',
    })
  })
  test('exceptions: setting by setting, the last wins', () => {
    const { groups } = optimizer(`adamw(rate = 1e-3, weight_decay = 0.01)
      except [**.bias, **.scale] { weight_decay = 0 }
      except [S.layer[2]] { rate = 1e-4 }
      except [S.layer[2].ffn.up] { rate = 1e-5, weight_decay = 0.5 }`)
    const settingsOf = (key: string) => {
      const found = groups.filter(({ parameters }) => parameters.has(key))
      expect(found.length).toBeLessThan(2)
      const settings = found[0]?.settings
      return settings && [settings.rate.kind === 'constant' && settings.rate.rate, settings.weightDecay]
    }
    expect(settingsOf('S.layer[1].ffn.up.weight')).toBeUndefined()
    expect(settingsOf('S.layer[1].ffn.up.bias')).toEqual([1e-3, 0])
    expect(settingsOf('S.layer[2].ffn.down.weight')).toEqual([1e-4, 0.01])
    expect(settingsOf('S.layer[2].ffn.down.bias')).toEqual([1e-4, 0])
    expect(settingsOf('S.layer[2].ffn.up.bias')).toEqual([1e-5, 0.5])
  })
  test('an exception may bind the layer', () => {
    const { groups } = optimizer('adamw(rate = 1e-3) except [S.layer[m]] { rate = 1e-3 * 0.5^(2 - m) }')
    const rates = groups.map(({ settings, parameters }) => [
      settings.rate.kind === 'constant' && settings.rate.rate,
      [...parameters][0]?.slice(0, 10),
    ])
    expect(rates).toEqual([
      [5e-4, 'S.layer[1]'],
      [1e-3, 'S.layer[2]'],
    ])
  })
  test('an empty range and an open pattern may select nothing', () => {
    const found = program(`${preamble}
      stage climb[m] for m in 1..2 {
        train S.layer[1..m].ffn.up
        minimize imitate
        optimizer = lamb(rate = 1e-3) except [S.layer[1..m - 1]] { rate = 1e-4 } except [**.scale] { weight_decay = 0 }
      }`)
    expect(found.stages.map(({ optimizer: spec }) => spec?.groups.length)).toEqual([0, 1])
  })
})

describe('micro-batches', () => {
  const codes = (minimize: string) =>
    check(`${preamble}\nstage s { minimize ${minimize}, batch = 32, microbatch = 8 }`).codes
  test('weighted sums of reductions add up', () => {
    expect(codes('(2 * imitate + progress * hard) / 3 - 0.1 * imitate')).toEqual([])
  })
  test('products of losses, and losses of pairs of examples, do not', () => {
    expect(codes('imitate * hard')).toEqual(['E0715'])
    expect(codes('if imitate < 1 then hard else imitate')).toEqual(['E0715'])
    const pairs =
      'mse(dot(S.pooler, across(S.pooler, over = example)), dot(T.pooler, across(T.pooler, over = example)))'
    expect(codes(pairs)).toEqual(['E0715'])
    expect(check(`${preamble}\nstage s { minimize ${pairs} }`).codes).toEqual([])
  })
})

describe('agreement with the data', () => {
  test('equal label lists of two blocks are one label set', () => {
    const text = `${preamble}
      data other { train = "b.tsv", text = column("t"), label = class(column("l"), ["no", "yes"]), tokenizer = labelled.tokenizer }
      stage s { minimize hard, data = other, budget = 1 epochs, optimizer = adamw(rate = 1e-4) }`
    expect(check(text).codes).toEqual([])
  })
  test('numbers go to mse', () => {
    const text = `${preamble}
      data scores { train = "b.tsv", text = column("t"), label = number(column("l")), tokenizer = labelled.tokenizer }
      student R : small { heads { score = regressor() } }
      stage s { minimize mse(R.score.value, batch.label), data = scores, budget = 1 epochs, optimizer = adamw(rate = 1e-4) }`
    expect(check(text).codes).toEqual([])
  })
  test('the model may have more entries than the tokenizer, not fewer', () => {
    const text = (size: number) => `${preamble}
      data d = labelled with { tokenizer = wordpiece(size = ${size}) }
      stage s { minimize hard, data = d, budget = 1 epochs, optimizer = adamw(rate = 1e-4) }`
    expect(check(text(900)).codes).toEqual([])
    expect(check(text(1100)).codes).toEqual(['E0850'])
  })
})

describe('the examples of the language', () => {
  const example = (name: string) => {
    const { program: found, diagnostics } = checkFile(`test/fixtures/examples/${name}.distill`)
    if (found === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
    return found
  }
  test('DistilBERT: three weighted losses, no decay of biases and scales, a frozen teacher', () => {
    const pretrain = stage(example('distilbert'), 'pretrain')
    expect(weights(pretrain)).toEqual([
      ['imitate', 5],
      ['hard', 2],
      ['cosine', 1],
    ])
    expect(pretrain.unreached).toEqual([])
    expect([...pretrain.training]).toEqual(['S'])
    expect(pretrain.trained).toContain('S.embedding.word.weight')
    expect(pretrain.optimizer).toMatchObject({ kind: 'adamw', clip: 5, settings: { betas: [0.9, 0.98] } })
    expect(pretrain.optimizer?.groups.map(({ settings }) => settings.weightDecay)).toEqual([0])
    expect(pretrain.optimizer?.groups[0]?.parameters.size).toBe(
      pretrain.trained.filter((key) => /\.(bias|scale)$/.test(key)).length,
    )
  })
  test('TinyBERT: an unused pooler and head are not reached, the projection is trained', () => {
    const { stages } = example('tinybert-4')
    expect(stages.map(({ name }) => name)).toEqual(['general', 'intermediate', 'prediction'])
    const [general, , prediction] = stages
    expect(general?.instances).toEqual(['G', 'S'])
    expect(general?.projections).toEqual(['W'])
    expect(general?.trained.slice(-2)).toEqual(['W.weight', 'W.bias'])
    expect(general?.unreached).toEqual([
      'S.pooler.weight',
      'S.pooler.bias',
      'S.task.logits.weight',
      'S.task.logits.bias',
    ])
    expect(prediction?.unreached).toEqual([])
    expect(prediction?.projections).toEqual([])
  })
  test('families: rates of earlier layers, an optimizer that goes on', () => {
    const { stages } = example('families')
    expect(stages.map(({ name }) => name)).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((m) => `climb[${m}]`),
      'distil',
    ])
    const third = stages[2]?.optimizer?.groups[0]
    expect(third?.settings.rate).toEqual({ kind: 'constant', rate: 1.5e-4 })
    expect(third?.parameters.size).toBe(2 * 16)
    expect(stages[6]).toMatchObject({
      after: 'climb[6]',
      continueOptimizer: true,
      optimizer: { kind: 'lamb' },
    })
  })
})
