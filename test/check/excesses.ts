/** Specs beyond the limits, by their length or by what they expand to, and the code of the one error of each. */
export const models = `import { bert_base } from "std/bert.distill"
model small = bert_base with { layers = 2, hidden_size = 64, heads = 2 }
teacher T : small {}
student S : small {}
`
export const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i + 1)).join('\n')
export const learn = (loss: string): string =>
  `stage learn { minimize ${loss}, batch = 4, optimizer = adam(rate = 1e-4) }`
export const one = 'mse(S.hidden[1], T.hidden[1])'
const ofStudent = 'student X : m {}\n'
export const word = 'vocabulary = 10, word = lookup(tokens, vocabulary, 8)'

export const excesses: Readonly<Record<string, readonly [code: string, spec: string]>> = {
  '100,000 brackets': ['E0087', `setting a = ${'('.repeat(1e5)}1${')'.repeat(1e5)}`],
  '10,000 brackets': ['E0014', `setting a = ${'('.repeat(1e4)}1${')'.repeat(1e4)}`],
  '20,000 open brackets': ['E0014', `setting a = ${'['.repeat(2e4)}`],
  '6,000 blocks': ['E0014', `model m { ${'a {'.repeat(6e3)} x = 1 ${'}'.repeat(6e3)} }`],
  '20,000 signs': ['E0014', `setting a = ${'- '.repeat(2e4)}1`],
  '10,000 powers': ['E0014', `setting a = 1${' ^ 1'.repeat(1e4)}`],
  '3,000 conditions': ['E0014', `setting a = ${'if 1 < 2 then 1 else '.repeat(3e3)}1`],
  '3,000 conditions of conditions': [
    'E0014',
    `setting a = ${'if '.repeat(3e3)}1 < 2${' then 1 else 2'.repeat(3e3)}`,
  ],
  '10,000 functions': ['E0014', `setting a = ${'x -> '.repeat(1e4)}1`],
  '10,000 members': ['E0014', `${models}loss a = S${'.first'.repeat(1e4)}`],
  '6,000 calls of a result': ['E0014', `${models}loss a = S${'(1)'.repeat(6e3)}`],
  '100,000 additions': ['E0087', `setting a = 1${' + 1'.repeat(1e5)}`],
  '11,000 additions': ['E0086', `setting a = 1${' + 1'.repeat(11e3)}`],
  '11,000 products nobody uses': ['E0086', `def f(x) = x${' * x'.repeat(11e3)}`],
  '20 MB of a comment': ['E0087', `// ${'x'.repeat(2e7)}`],
  '5 MB of declarations': ['E0087', lines(2e5, (i) => `setting s${i} = ${i}`)],
  '500,000 signs': ['E0087', '+'.repeat(5e5)],
  '250,000 characters that mean nothing': ['E0087', '$ '.repeat(25e4)],
  '20,000 characters that mean nothing': ['E0002', '$ '.repeat(2e4)],
  '20,000 closing brackets': ['E0008', '} '.repeat(2e4)],
  'a list of 11,000': ['E0189', `setting a = [${'1, '.repeat(11e3)}1]`],
  'a sum over 10^9': ['E0318', models + learn(`sum k in 1..10^9 { ${one} }`)],
  '10^9 layers': ['E0318', `${models}model b = bert_base with { layers = 10^9 }`],
  '10,000 layers': ['E0318', `${models}model b = bert_base with { layers = 10_000 }`],
  'a family of 10^9': ['E0318', `${models}stage s[m] for m in 1..10^9 { minimize ${one} }`],
  'a family of 10,000': ['E0786', `${models}stage s[m] for m in 1..10_000 { minimize ${one} }`],
  '1,100 stages': ['E0786', models + lines(1100, (i) => `stage s${i} { minimize ${one} }`)],
  'projections of 10^9': [
    'E0318',
    `${models}projection W[m] for m in 1..10^9 : small.hidden_size -> small.hidden_size = linear`,
  ],
  'sums in sums': ['E0186', models + learn(`sum a in 1..9_999 { sum b in 1..9_999 { a * b * ${one} } }`)],
  '9^20 combinations': [
    'E0787',
    `${lines(20, (i) => `setting s${i} = 1`)}\nsweep { ${lines(20, (i) => `s${i} = [1, 2, 3, 4, 5, 6, 7, 8, 9]`)} }`,
  ],
  '2^60 calls': [
    'E0186',
    `${models}def f0(x) = x + 1\n${lines(60, (i) => `def f${i}(x) = f${i - 1}(x) + f${i - 1}(x)`)}\n${learn('mean(f60(S.hidden[1]))')}`,
  ],
  '2^60 different terms': [
    'E0186',
    `${models}def f0(x) = x + 1\n${lines(60, (i) => `def f${i}(x) = f${i - 1}(x) + f${i - 1}(2 * x)`)}\n${learn('mean(f60(S.hidden[1]))')}`,
  ],
  '2^60 heads': [
    'E0186',
    `head h0(x) { output = relu(x) }\n${lines(60, (i) => `head h${i}(x) { a = h${i - 1}(x), b = h${i - 1}(x), output = a.output + b.output }`)}\nmodel m { ${word}, top = h60(word), output = top.output }\n${ofStudent}`,
  ],
  'a head of itself': [
    'E0112',
    `head h(x) { a = h(x), output = a.output }\nmodel m { ${word}, top = h(word), output = top.output }\n${ofStudent}`,
  ],
  'heads of each other': [
    'E0112',
    `head h(x) { a = g(x), output = x }\nhead g(x) { a = h(x), output = x }\nmodel m { ${word}, top = h(word), output = top.output }\n${ofStudent}`,
  ],
  '1..layer for 1..layers': [
    'E0112',
    `model m { ${word}, layers = 2\nlayer[m] for m in 1..layer from x = word { output = relu(x) }\noutput = layer[layers].output }\n${ofStudent}`,
  ],
  '2,000 models of 12 layers': [
    'E0186',
    `import { bert_base } from "std/bert.distill"\n${lines(2000, (i) => `model m${i} = bert_base with { epsilon = ${i}e-12 }`)}`,
  ],
  '3,000 settings, the last first': [
    'E0187',
    `${lines(3000, (i) => `setting s${i} = s${i + 1} + 1`)}\nsetting s3001 = 1`,
  ],
  '3,000 names of a model, the last first': [
    'E0187',
    `model m { vocabulary = 10, output = x1\n${lines(3000, (i) => `x${i} = relu(x${i + 1})`)}\nx3001 = lookup(tokens, vocabulary, 8) }\n${ofStudent}`,
  ],
  '1,500 defs of defs': [
    'E0187',
    `${models}def f0(x) = x\n${lines(1500, (i) => `def f${i}(x) = f${i - 1}(x) + 1`)}\nloss a = f1500(${one})`,
  ],
}
