/**
 * The thread of the GPU as its caller sees it: commands are left with it, a request sleeps until the answer
 * is there.
 */
import { AnsweringThread, workerFile } from '../answering-thread.ts'
import type { Answers, Command, Kind, Message, Requests } from './protocol.ts'

/**
 * Number of commands that are sent to the thread together: few messages, and it works while its caller
 * continues.
 */
const bundle = 64

export class GpuThread {
  private readonly thread = new AnsweringThread(workerFile('webgpu-worker'))
  private commands: Command[] = []
  private moved: ArrayBuffer[] = []
  /**
   * At the end of a process the device is not disposed. A thread that ends during a call of Dawn ends the
   * process with an error.
   */
  private readonly atExit = (): void => {
    try {
      this.ask('stop', {})
    } catch {
      // It has failed before, and the waiting caller was notified.
    }
  }

  constructor() {
    process.once('exit', this.atExit)
  }

  /** `moved`: an array buffer of the command that is the thread's from now on. */
  send(command: Command, moved?: ArrayBuffer): void {
    this.commands.push(command)
    if (moved !== undefined) this.moved.push(moved)
    if (this.commands.length < bundle) return
    const message: Message = { commands: this.commands }
    this.thread.send(message, this.emptied())
  }

  /** Throws what this or any earlier command failed with. */
  ask<K extends Kind>(kind: K, request: Requests[K]): Answers[K] {
    const message: Message = { commands: this.commands, ask: { kind, request } }
    return this.thread.ask(message, this.emptied()) as Answers[K]
  }

  /**
   * The GPU is given back first: a device that is still there when its thread ends may take the process with
   * it.
   */
  dispose(): void {
    this.atExit()
    this.abandon()
  }

  /** Ends a thread that has no device. */
  abandon(): void {
    process.off('exit', this.atExit)
    this.thread.end()
  }

  /** Nothing is collected any more; gives the array buffers of what was. */
  private emptied(): readonly ArrayBuffer[] {
    const { moved } = this
    this.commands = []
    this.moved = []
    return moved
  }
}
