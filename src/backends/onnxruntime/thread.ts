/** The thread of ONNX Runtime as its caller sees it: a call sleeps until the answer is there. */
import { AnsweringThread } from '../answering-thread.ts'
import type { Answers, Kind, Message, Requests, ThreadOptions } from './protocol.ts'

export class RuntimeThread {
  private readonly thread: AnsweringThread

  constructor(options: ThreadOptions) {
    this.thread = new AnsweringThread('onnxruntime-worker', options)
  }

  call<K extends Kind>(kind: K, request: Requests[K], moved: readonly ArrayBuffer[] = []): Answers[K] {
    const message: Message = { kind, request }
    return this.thread.ask(message, moved) as Answers[K]
  }

  dispose(): void {
    this.thread.end()
  }
}
