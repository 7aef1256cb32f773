/** The worker of the page: answers the calls of `protocol.ts` one after another. */
import { DiagnosticError } from '../diagnostics/diagnostic.ts'
import { errorText } from '../diagnostics/error-text.ts'
import { renderDiagnostics } from '../diagnostics/render.ts'
import { PageCompiler } from './page-compiler.ts'
import type { Answer, Call, Compiler, ShippedFiles } from './protocol.ts'

/** The first message has the files. Calls wait for it. */
addEventListener(
  'message',
  ({ data: files }: MessageEvent<ShippedFiles>) => {
    const compiler: Compiler = new PageCompiler(files)
    addEventListener('message', ({ data }: MessageEvent<Call>) => void answer(compiler, data))
  },
  { once: true },
)

async function answer(compiler: Compiler, { id, method, given }: Call): Promise<void> {
  const send = (message: Answer): void => postMessage(message)
  try {
    send({ id, result: await Reflect.apply(compiler[method], compiler, given) })
  } catch (error) {
    send({ id, failure: reasonOf(error) })
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DiagnosticError)
    return renderDiagnostics(error.diagnostics, new Map(), { color: false })
  return `This is a fault in Distill, not in your spec: ${errorText(error)}`
}
