/** An ONNX file as ONNX Runtime runs it for anybody: with all of its rewrites, and no operators of ours. */
import { hostView } from '../../run/host.ts'
import type { HostTensor } from '../../run/runner.ts'
import { threadCount } from '../threads.ts'
import type { Feed } from './feeds.ts'
import { Runtime } from './runtime.ts'
import { Session } from './session.ts'

export class ModelFile {
  private readonly runtime: Runtime
  private readonly session: Session

  private constructor(runtime: Runtime, session: Session) {
    this.runtime = runtime
    this.session = session
  }

  /**
   * The names are those that runs give and take. Rejects with E1120 where ONNX Runtime is missing, and with
   * what it says where it does not take the file.
   */
  static async open(
    path: string,
    inputs: readonly string[],
    outputs: readonly string[],
    threads: number = threadCount(),
  ): Promise<ModelFile> {
    const runtime = await Runtime.open(threads)
    try {
      const options = { threads, provider: 'cpu', allFusions: true }
      return new ModelFile(runtime, new Session(runtime, path, options, inputs, outputs))
    } catch (error) {
      runtime.dispose()
      throw error
    }
  }

  get version(): string {
    return this.runtime.library.version
  }

  /**
   * The outputs, f32, of the shapes that are given in their order. Throws what ONNX Runtime says of other
   * shapes.
   */
  run(feeds: ReadonlyMap<string, Feed>, shapes: readonly (readonly number[])[]): HostTensor[] {
    const { runtime, session } = this
    const held: number[] = []
    try {
      const inputs = session.inputs.map((name) => {
        const feed = feeds.get(name)
        if (feed === undefined) throw new Error(`no input ${name}`)
        const value = runtime.valueOf(feed.type, feed.data, feed.shape)
        held.push(value)
        return value
      })
      const results = shapes.map((shape): HostTensor & { readonly data: Float32Array } => ({
        dtype: 'f32',
        shape,
        data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
      }))
      const outputs = results.map(({ data, shape }) => {
        const value = runtime.valueOf('f32', hostView('f32', data), shape)
        held.push(value)
        return value
      })
      session.run(inputs, outputs)
      return results
    } finally {
      for (const value of held) runtime.functions.releaseValue(value)
    }
  }

  close(): void {
    this.session.release()
    this.runtime.dispose()
  }
}
