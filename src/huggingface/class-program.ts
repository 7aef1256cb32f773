/** The class that a model is exported as, and the program of that class. No file is written. */
import { checkText } from '../check/check-text.ts'
import type { ModelInstance, Program } from '../check/program.ts'
import type { SpecFiles } from '../check/spec-files.ts'
import type { ModelDescription } from '../weights/transformers/config.ts'
import { headsOf, headsText, importsText, modelText } from './class-spec.ts'
import { type ClassOfModel, classOfModel, refused, type Wanted } from './describe.ts'
import { modulesText, type SentenceModules, sentenceOf } from './sentence/modules.ts'

/** How a folder is made of a model: its class, and the modules behind it that make a vector of its states. */
export interface FolderPlan {
  readonly known: ClassOfModel
  readonly sentence: SentenceModules | undefined
}

/** @throws DiagnosticError E0931 where no class has what the model has */
export function folderPlan(instance: ModelInstance, wanted: Wanted = {}): FolderPlan {
  const sentence = sentenceOf(instance, wanted.heads ?? [...instance.heads.keys()])
  return {
    known: classOfModel(instance, sentence ? { ...wanted, heads: [], pooler: false } : wanted),
    sentence,
  }
}

/** `BertModel`, `BertModel with Pooling (mean) and Normalize` */
export function nameOf({ known, sentence }: FolderPlan): string {
  const { name } = known.modelClass
  return sentence === undefined ? name : `${name} with ${modulesText(sentence)}`
}

/**
 * The architecture of the class with the sizes of a config.json, and weights from a folder that need not
 * exist yet.
 */
export function classProgram(
  own: ModelInstance,
  { heads, classes, modelClass, pooler }: ClassOfModel,
  model: ModelDescription,
  { files, folder }: { readonly files: SpecFiles; readonly folder: string },
): { program: Program; instance: ModelInstance } {
  const called = headsOf({ ...model, modelClass }, `${classes ?? 0}`, heads)
  const inside = called.length > 0 ? `, ${headsText(called)}` : ''
  const text = `${importsText(model, called)}\n${modelText('published', model, { pooler, published: true })}\nstudent M : published { weights = "model.safetensors"${inside} }\n`
  const { program, diagnostics } = checkText(files.resolve(`${folder}/.`, 'class.distill'), text, files)
  const instance = program?.instances.get('M')
  if (program === undefined || instance === undefined)
    throw refused(own, `its sizes make no ${modelClass.name}: ${diagnostics[0]?.message ?? ''}`)
  return { program, instance }
}
