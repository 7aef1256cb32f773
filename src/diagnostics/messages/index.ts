/** All messages by subject, for `check --explain CODE` and the index of docs/errors. */
import * as backends from './backends.ts'
import * as begin from './begin.ts'
import * as cluster from './cluster.ts'
import * as commandLine from './command-line.ts'
import * as data from './data.ts'
import * as dataFiles from './data-files.ts'
import * as losses from './losses.ts'
import * as maps from './maps.ts'
import * as models from './models.ts'
import * as names from './names.ts'
import * as onnx from './onnx.ts'
import * as parameters from './parameters.ts'
import * as runs from './runs.ts'
import * as serving from './serving.ts'
import * as settings from './settings.ts'
import * as shapes from './shapes.ts'
import * as stages from './stages.ts'
import * as syntax from './syntax.ts'
import * as tokenizers from './tokenizers.ts'
import * as training from './training.ts'
import * as transformers from './transformers.ts'
import * as weights from './weights.ts'

export const subjects = {
  syntax,
  names,
  settings,
  models,
  shapes,
  parameters,
  maps,
  losses,
  stages,
  training,
  data,
  'data-files': dataFiles,
  begin,
  tokenizers,
  weights,
  transformers,
  onnx,
  runs,
  backends,
  cluster,
  'command-line': commandLine,
  serving,
}

export const messages = Object.values(subjects)
  .flatMap((subject) => Object.values(subject))
  .sort((a, b) => (a.code < b.code ? -1 : 1))
