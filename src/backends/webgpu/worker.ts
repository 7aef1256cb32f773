/**
 * The thread that owns the GPU; a file of its own in the bundle. Reading from a GPU is asynchronous, runs are
 * not. So a reader sleeps, and is woken from here. A message has commands and optionally a request.
 */
import { errorText } from '../../diagnostics/error-text.ts'
import { answerMessages } from '../answer.ts'
import { Engine } from './engine.ts'
import type { Answers, Kind, Message, Requests } from './protocol.ts'

const started = Engine.start()
// Told to the caller next.
started.catch(() => {})

/** The error of the first failed command. */
let failure: string | undefined

const answers: { readonly [K in Kind]: (engine: Engine, request: Requests[K]) => Promise<Answers[K]> } = {
  start: async (engine) => engine.adapter,
  read: (engine, { values }) => engine.read(values),
  settle: (engine) => engine.settle(),
  memory: async (engine) => engine.memory(),
  stop: async (engine) => engine.stop(),
}

async function answer<K extends Kind>(kind: K, request: Requests[K]): Promise<Answers[K]> {
  const engine = await started
  if (kind !== 'stop' && failure !== undefined) throw new Error(failure)
  const value = await answers[kind](engine, request)
  const late = failure ?? engine.failure
  if (kind !== 'stop' && late !== undefined) throw new Error(late)
  return value
}

answerMessages(async ({ commands, ask }: Message) => {
  try {
    const engine = await started
    for (const command of commands) engine.run(command)
  } catch (error) {
    failure ??= errorText(error)
  }
  return ask === undefined ? undefined : answer(ask.kind, ask.request)
})
