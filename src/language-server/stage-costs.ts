/** What stages cost, found one after another in a thread that starts with the first question. */
import { Worker } from 'node:worker_threads'
import { workerFile } from '../backends/answering-thread.ts'
import type { StageAsked } from '../language/lenses.ts'
import type { Workspace } from '../language/workspace.ts'

export interface StageQuestion {
  readonly asked: StageAsked
  /** Open texts by path. */
  readonly texts: ReadonlyMap<string, string>
  readonly settings: Readonly<Record<string, string>>
}

export interface StageAnswer {
  readonly title: string
}

export class StageCosts {
  private readonly workspace: Workspace
  private worker: Worker | undefined
  private last: Promise<unknown> = Promise.resolve()

  constructor(workspace: Workspace) {
    this.workspace = workspace
  }

  /**
   * The title of a lens.
   * @param wanted whether the editor still waits: after a change it asks a second time
   */
  title(asked: StageAsked, wanted: () => boolean): Promise<string> {
    const answer = this.last.then(() => (wanted() ? this.ask(asked) : ''))
    this.last = answer
    return answer
  }

  private ask(asked: StageAsked): Promise<string> {
    const { workspace } = this
    const texts = new Map(workspace.paths.map((path) => [path, workspace.text(path) ?? '']))
    this.worker ??= new Worker(workerFile('stage-thread'), { execArgv: [] })
    const { worker } = this
    return new Promise((done) => {
      const end = (title: string): void => {
        worker.removeAllListeners()
        done(title)
      }
      worker.once('message', ({ title }: StageAnswer) => end(title))
      worker.once('error', () => {
        this.worker = undefined
        end('its cost is not known')
      })
      worker.postMessage({ asked, texts, settings: workspace.settings(asked.path) } satisfies StageQuestion)
    })
  }
}
