/**
 * A thread that reports what stages cost, so that answers to the editor do not wait for it; a file of its own
 * in the bundle.
 */
import { type MessagePort, parentPort } from 'node:worker_threads'
import { countExamples } from '../data/count-examples.ts'
import { Divisions } from '../data/divide.ts'
import { errorLine } from '../diagnostics/error-text.ts'
import { filesOnDisk } from '../disk/spec-files.ts'
import { lensTitle } from '../language/lenses.ts'
import { Workspace } from '../language/workspace.ts'
import { assumedBackend } from '../library/backends.ts'
import { readPasses } from '../library/passes.ts'
import type { StageAnswer, StageQuestion } from './stage-costs.ts'

async function titleOf(workspace: Workspace, { asked, texts, settings }: StageQuestion): Promise<string> {
  for (const path of workspace.paths) if (!texts.has(path)) workspace.close(path)
  for (const [path, text] of texts) if (workspace.text(path) !== text) workspace.set(path, text)
  const { program } = workspace.checkWith(asked.path, new Map(), settings)
  if (!program) return 'it has errors'
  const divisions = new Divisions()
  const examples = (name: string): number | undefined => {
    const data = program.data.get(name)
    return data && countExamples(data, divisions)
  }
  const backend = await assumedBackend('auto')
  return lensTitle(program, asked, { passes: readPasses(undefined), backend, examples, files: filesOnDisk })
}

function answer(port: MessagePort): void {
  const workspace = new Workspace({ files: filesOnDisk })
  port.on('message', (question: StageQuestion) => {
    void titleOf(workspace, question)
      .catch((error: unknown) => `its cost is not known: ${errorLine(error)}`)
      .then((title) => port.postMessage({ title } satisfies StageAnswer))
  })
}

if (parentPort) answer(parentPort)
