/** The text of a new spec, from what was found and what was chosen. */
import { inOneLine } from '../diagnostics/terminal-text.ts'

import { quoted } from '../syntax/string-escapes.ts'
import { type ClassFolders, patternsOf } from './class-folders.ts'
import type { Budget, Design } from './design.ts'
import type { Found } from './found.ts'
import type { Lengths } from './lengths.ts'
import { type RecipeName, recipes } from './recipes.ts'
import { type TaskText, taskText } from './task-text.ts'
import type { TeacherFolder } from './teacher-folder.ts'

export interface SpecParts {
  readonly found: Found
  readonly lengths: Lengths
  readonly design: Design
  readonly recipe: RecipeName
  /** A published model as the teacher. */
  readonly folder?: TeacherFolder | undefined
  /** A path of the data or of the teacher, as the spec writes it. */
  readonly written: (path: string) => string
  /** A spec whose steps are timed: of so many examples, without parts that are scored. */
  readonly trial?: number
  /** For the comment on the budget. */
  readonly minutes: number
}

/** Before the formatter. */
export function specText(parts: SpecParts): string {
  const { found, design, folder } = parts
  const task = taskText(found)
  const recipe = recipes[parts.recipe]({ task, teacher: design.teacher, student: design.student })
  const imports = [
    `import { bert_base${folder && folder.model !== 'bert_base' ? `, ${folder.model}` : ''} } from "std/bert.distill"`,
    ...(task.imported ? [`import { ${task.imported} } from "std/heads.distill"`] : []),
    ...(task.softens || recipe.imports.length > 0
      ? [
          `import { ${[...recipe.imports, ...(task.softens ? ['soften'] : [])].join(', ')} } from "std/losses.distill"`,
        ]
      : []),
  ]
  const heads = `heads { ${task.head} = ${task.call} }`
  const own = recipe.student.join(', ')
  const student = `model student_model = ${recipe.base} with { ${own} }`
  const losses = [
    `loss learned = ${task.hard('T')}`,
    `loss alone = ${task.hard('A')}`,
    `loss hard = ${task.hard('S')}`,
    `loss soft = ${task.soft('S', 'K')}`,
    ...recipe.losses,
  ]
  return `/// Begun by \`distill new\` from ${inOneLine(parts.written(found.files.train))}: a model that ${task.does}.
/// A teacher learns first. Then the same small student is trained twice, with as many steps:
/// alone, and distilled from the teacher.
/// ${recipe.about}
${imports.join('\n')}

${dataText(parts, task)}

${task.definition ? `${task.definition}\n\n` : ''}${modelsText(parts, task)}
// ${recipe.why}
${student}

student T : teacher_model { ${folder ? `weights = ${quoted(parts.written(folder.path))}, ` : ''}${heads}${folder?.init ? `, init { ${folder.init} }` : ''} }
student A : student_model { ${heads} }
teacher K = T after learn
${[...recipe.maps, `student S : student_model { ${heads}${recipe.init ? `, init { ${recipe.init} }` : ''} }`].join('\n')}

${losses.join('\n')}

${stagesText(parts, task)}
`
}

function dataText({ found, lengths, folder, design, trial, written }: SpecParts, task: TaskText): string {
  const { layout, columns } = found
  const files = trial === undefined ? found.files : { train: found.files.train }
  const limit = trial ?? design.limit
  const names = (['train', 'validation', 'test'] as const).flatMap((part) => {
    const file = files[part]
    if (file !== undefined) return [`${part} = ${filesText(file, found.files.folders, written)}`]
    return part === 'validation' && trial === undefined ? ['validation = 20%'] : []
  })
  const share = (100 * lengths.cut).toFixed(1)
  const cut =
    lengths.cut === 0
      ? 'No text of the sample is longer than max_length.'
      : lengths.cut < 0.01
        ? `max_length cuts ${share}% of the texts.`
        : task.call === 'span()'
          ? `Paragraphs beyond max_length (${share}%) become several windows.`
          : `max_length cuts ${share}% of the texts: longer ones would take more time than there is.`
  const tokenizer = folder
    ? `// The teacher's own tokenizer.\n  // ${cut}\n  tokenizer = ${quoted(written(folder.path))}, max_length = ${lengths.maxLength}`
    : `// A piece for about each of the ${lengths.words.toLocaleString('en')} words that occur twice.\n  // ${cut}\n  tokenizer = wordpiece(size = ${grouped(lengths.vocabulary)}), max_length = ${lengths.maxLength}`
  return [
    ...found.summary.map((line) => `// ${inOneLine(line)}`),
    ...found.remarks.map((remark) => `// note: ${inOneLine(remark)}`),
    'data texts {',
    ...(design.limit === undefined
      ? []
      : [
          `  // A sample: in this time, no model would see more of the ${found.rows.toLocaleString('en')} examples.`,
        ]),
    `  ${[...names, ...(limit === undefined ? [] : [`limit = ${grouped(limit)}`])].join(', ')}`,
    ...('said' in layout && !layout.said
      ? [`  format = ${layout.kind === 'table' ? layout.format : layout.kind}`]
      : []),
    ...(columns ? [`  columns = [${columns.map(quoted).join(', ')}]`] : []),
    `  text = ${found.text}`,
    ...(task.label ? [`  label = ${task.label}`] : []),
    ...(found.task.kind === 'span'
      ? [
          `  label = span(stride = ${Math.max(8, Math.floor(lengths.maxLength / 3))}, question = ${Math.min(lengths.question, Math.floor(lengths.maxLength / 4))})`,
        ]
      : []),
    `  ${tokenizer}`,
    ...(found.task.kind === 'words' ? ['  mask { probability = 15%, replace = [80%, 10%, 10%] }'] : []),
    '}',
  ].join('\n')
}

function filesText(
  file: string,
  folders: ClassFolders | undefined,
  written: (path: string) => string,
): string {
  const own = written(file)
  const [first = own, ...others] = (folders ? patternsOf(file, folders, own) : [own]).map(quoted)
  return others.length === 0 ? first : `[${[first, ...others].join(', ')}]`
}

function grouped(count: number): string {
  return count.toLocaleString('en').replaceAll(',', '_')
}

function modelsText({ found, lengths, design, folder }: SpecParts, task: TaskText): string {
  const lines = [
    `vocabulary = texts.vocabulary, positions = ${lengths.maxLength}`,
    ...(found.pair ? [] : ['without embedding.type']),
    task.pooled ? 'pooler = mean(output, over = token)' : 'without pooler',
  ]
  const why = task.pooled
    ? found.pair
      ? 'BERT. Its pooler is the mean over the tokens, which learns faster from little data.'
      : 'BERT without segments. Its pooler is the mean over the tokens, which learns faster from little data.'
    : found.pair
      ? 'BERT without its pooler, which no head reads here.'
      : 'BERT without segments and pooler, which nothing reads here.'
  const base = `// ${why}\nmodel base = bert_base with {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`
  if (folder) return `${base}\n${folder.text}`
  const { layers, hidden, heads } = design.teacher
  return `${base}\nmodel teacher_model = base with { layers = ${layers}, hidden_size = ${hidden}, heads = ${heads} }`
}

function stagesText(parts: SpecParts, task: TaskText): string {
  const { design, recipe } = parts
  const { stages } = recipes[recipe]({ task, teacher: design.teacher, student: design.student })
  const scored = `\n  evaluate = [${task.metrics.join(', ')}], keep = best(${task.best})`
  const stage = (
    name: string,
    minimize: string,
    budget: Budget,
    { rate, after = '', scores = true }: { rate: number; after?: string; scores?: boolean },
  ): string => `stage ${name}${after} {
  minimize ${minimize}
  data = texts, budget = ${budgetText(budget)}, batch = ${design.batch}
  optimizer = adamw(rate = linear(${rateText(rate)}, warmup = 10%), weight_decay = 0.01, clip = 1)
    except [**.bias, **.scale] { weight_decay = 0 }${scores && parts.trial === undefined ? scored : ''}
}`
  const { learn, student_budget: own } = design
  const before = (index: number): string => (index === 0 ? 'learn' : (stages[index - 1]?.name ?? 'learn'))
  return [
    `// Budgets for ${parts.minutes} minute${parts.minutes === 1 ? '' : 's'} on the machine where this was written, almost half of it for the teacher.`,
    stage('learn', 'learned', learn, { rate: design.teacherRate }),
    stage('student_alone', 'alone', own, { rate: design.studentRate }),
    ...stages.map(({ name, minimize, share, scored: scores }, index) =>
      stage(name, minimize, part(own, share), {
        rate: design.studentRate,
        after: ` after ${before(index)}`,
        scores,
      }),
    ),
  ].join('\n')
}

/** A share of the student's steps, in steps. */
function part({ steps, epochs }: Budget, share: number): Budget {
  return share === 1 && epochs !== undefined
    ? { steps, epochs }
    : { steps: Math.max(1, Math.round(steps * share)) }
}

function budgetText({ steps, epochs }: Budget): string {
  return epochs === undefined ? `${grouped(steps)} step${steps === 1 ? '' : 's'}` : `${epochs} epochs`
}

function rateText(rate: number): string {
  return rate.toExponential().replace(/\.?0+e/, 'e')
}
