/** Messages of `distill new` about data from which no spec can be made. */
import { defineMessage } from '../diagnostic.ts'

export const binaryData = defineMessage<{ path: string; found: string; help: string }>({
  code: 'E0932',
  title: 'a binary file where data should be',
  build: ({ path, found, help }) => ({ message: `\`${path}\` is ${found}`, help }),
})

export const wrongDelimiter = defineMessage<{
  path: string
  format: string
  found: string
  command: string
}>({
  code: 'E0933',
  title: 'a table with another delimiter',
  build: ({ path, format, found, command }) => ({
    message: `\`${path}\` has one column: its lines contain ${found}, and no field ends as in ${format.toUpperCase()}`,
    help: `fields are separated by commas in .csv files and by tabs in .tsv files; convert it: ${command}`,
  }),
})

export const notUtf8 = defineMessage<{ place: string; byte: number; also: number; command: string }>({
  code: 'E0934',
  title: 'data in another encoding than UTF-8',
  build: ({ place, byte, also, command }) => ({
    message: `${place}: the byte 0x${byte.toString(16).toUpperCase()} is not UTF-8`,
    help: `${also > 0 ? `${also.toLocaleString('en')} more line${also === 1 ? '' : 's'} of the file have such bytes; ` : ''}if the file is Latin-1, convert it: ${command}\nif only these lines are, convert them alone or remove them`,
  }),
})

export const noTextColumn = defineMessage<{ path: string; columns: readonly string[]; problem: string }>({
  code: 'E0935',
  title: 'a table without texts',
  build: ({ path, columns, problem }) => ({
    message: `no column of \`${path}\` looks like texts: ${problem}`,
    help: `name the column: --text NAME, out of ${columns.map((column) => `\`${column}\``).join(', ')}`,
  }),
})

export const tooManyClasses = defineMessage<{
  path: string
  column: string
  classes: number
  /** `3,000 rows` or `3,000 files` */
  examples: string
}>({
  code: 'E0936',
  title: 'a label with too many classes',
  build: ({ path, column, classes, examples }) => ({
    message: `column \`${column}\` of \`${path}\` has ${classes.toLocaleString('en')} different labels in ${examples}`,
    help: `a class needs several examples to be learned
another column as label: --label NAME; the texts alone, as a masked language model: --label none`,
  }),
})

export const oneClass = defineMessage<{ path: string; column: string; value: string; rows: number }>({
  code: 'E0937',
  title: 'a label with one class',
  build: ({ path, column, value, rows }) => ({
    message: `column \`${column}\` of \`${path}\` is ${value} in all ${rows.toLocaleString('en')} rows, so there is nothing to tell apart`,
    help: `add rows of another class, in any order
another column as label: --label NAME; the texts alone, as a masked language model: --label none`,
  }),
})

export const emptyLabels = defineMessage<{ place: string; column: string; count: number; also: string }>({
  code: 'E0938',
  title: 'rows without a label',
  build: ({ place, column, count, also }) => ({
    message: `${place}: the label is empty in column \`${column}\`, ${count === 1 ? 'in this row alone' : `in ${count.toLocaleString('en')} rows`}`,
    help: `move these rows to a file of their own: a student can be distilled on texts without labels${also}`,
  }),
})

export const sameExamples = defineMessage<{ path: string; rows: number }>({
  code: 'E0939',
  title: 'data of one example',
  build: ({ path, rows }) => ({
    message:
      rows === 1
        ? `\`${path}\` has one example`
        : `all ${rows.toLocaleString('en')} examples of \`${path}\` are the same`,
    help: 'a model learns from different examples: a few hundred at least',
  }),
})

export const unsuitedRecipe = defineMessage<{ recipe: string; problem: string; help: string }>({
  code: 'E0940',
  title: 'a recipe that does not fit the teacher',
  build: ({ recipe, problem, help }) => ({ message: `--recipe ${recipe} ${problem}`, help }),
})

export const unnamedTags = defineMessage<{ path: string; column: string }>({
  code: 'E0941',
  title: 'tags that are numbers without names',
  build: ({ path, column }) => ({
    message: `column \`${column}\` of \`${path}\` has numbers for tags, and the file does not name them`,
    help: 'write the names of the tags into the column, such as O, B-person and I-person',
  }),
})

export const noData = defineMessage<{ path: string }>({
  code: 'E0942',
  title: 'data that are not there',
  build: ({ path }) => ({
    message: `there is no file or folder \`${path}\``,
    help: 'give your data after --from; a path begins in the folder where you type the command',
  }),
})

export const oneFolder = defineMessage<{ path: string; folder: string | undefined; left: readonly string[] }>(
  {
    code: 'E0943',
    title: 'a single folder where each class should have one',
    build: ({ path, folder, left }) => ({
      message: `\`${path}\` has ${
        folder === undefined ? 'no folder of labelled texts' : `one folder of texts, \`${folder}\``
      }${left.length === 0 ? '' : `; ${left.join(', ')} has no labels by its name`}`,
      help: `the name of a folder is the label of its texts, so a class needs a folder of its own, beside the others
the texts alone, as a masked language model: --from ${path}/${folder ?? left[0]}`,
    }),
  },
)
