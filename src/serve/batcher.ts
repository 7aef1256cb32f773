/**
 * Texts of requests that arrive together, as one batch: a model answers 32 texts in little more time than
 * one. While a batch is computed others gather; nothing waits for a timer.
 */

import type { Text } from '../library/load.ts'

interface Waiting<Answer> {
  readonly text: Text
  readonly abandoned: () => boolean
  readonly answer: (answer: Answer) => void
  readonly fail: (error: unknown) => void
}

export interface BatcherOptions {
  /** Texts of one batch, at most. */
  readonly together: number
  /** Texts that may wait, at most. */
  readonly waiting: number
}

export class Batcher<Answer> {
  private readonly predict: (texts: readonly Text[]) => Promise<readonly Answer[]>
  private readonly options: BatcherOptions
  private queue: Waiting<Answer>[] = []
  private running = false

  /** @param predict one answer for each text; it throws where it cannot read one of them */
  constructor(predict: (texts: readonly Text[]) => Promise<readonly Answer[]>, options: BatcherOptions) {
    this.predict = predict
    this.options = options
  }

  get waiting(): number {
    return this.queue.length
  }

  /** Whether so many more texts may wait. */
  hasRoom(texts: number): boolean {
    return this.queue.length + texts <= this.options.waiting
  }

  /**
   * The answers to the texts of one request. Rejects with what `predict` throws for one of these texts alone.
   * @param abandoned whether no caller waits for the answers any more: then they are not computed
   */
  ask(texts: readonly Text[], abandoned: () => boolean = () => false): Promise<readonly Answer[]> {
    const answers = texts.map(
      (text) =>
        new Promise<Answer>((answer, fail) => {
          this.queue.push({ text, abandoned, answer, fail })
        }),
    )
    this.start()
    return Promise.all(answers)
  }

  private start(): void {
    if (this.running || this.queue.length === 0) return
    this.running = true
    // In the next turn, after the requests that have arrived with this one were read.
    setImmediate(() => {
      void this.next().finally(() => {
        this.running = false
        this.start()
      })
    })
  }

  private async next(): Promise<void> {
    this.queue = this.queue.filter(({ abandoned }) => !abandoned())
    const batch = this.queue.splice(0, this.options.together)
    try {
      await this.answer(batch)
    } catch {
      // One text of a batch that cannot be read fails none of the others.
      for (const one of batch) await this.answer([one]).catch(one.fail)
    }
  }

  private async answer(batch: readonly Waiting<Answer>[]): Promise<void> {
    if (batch.length === 0) return
    const answers = await this.predict(batch.map(({ text }) => text))
    for (const [i, { answer, fail }] of batch.entries()) {
      const own = answers[i]
      if (own === undefined) fail(new Error('the model gave no answer'))
      else answer(own)
    }
  }
}
