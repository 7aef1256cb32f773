/** In which order ONNX Runtime runs the nodes of a model: as they are planned, or values of a step stay that nobody reads any more. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { runtimeFormat } from '../../src/backends/onnxruntime/model-format.ts'
import { lastFirst } from '../../src/backends/onnxruntime/order.ts'
import { OnnxGraph } from '../../src/onnx/onnx-graph.ts'
import { modelBytes } from '../../src/onnx/protobuf.ts'

const events = z.array(z.object({ name: z.string(), cat: z.string(), ts: z.number() }))

it('onnxruntime: the order in which the nodes were made', async () => {
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const onnx = new OnnxGraph()
  const made: string[] = []
  const node = (op: string, ...inputs: string[]): string => {
    const name = onnx.node(op, inputs)
    made.push(`${op} ${name}`)
    return name
  }
  const x = onnx.input('x', 'f32', [1])
  // needed last: it would run late if nothing else read it
  const early = node('Exp', x)
  onnx.node('Size', [early])
  const forward = [x]
  for (let layer = 0; layer < 3; layer++) forward.push(node('Tanh', forward.at(-1) ?? ''))
  let cotangent = node('Exp', forward.at(-1) ?? '')
  // each weight's gradient at once, although the way back does not need it
  for (const [layer, value] of forward.slice(0, -1).toReversed().entries()) {
    const gradient = node('Mul', cotangent, value)
    onnx.output(`gradient ${layer}`, node('ReduceSum', gradient), 'f32', [1])
    cotangent = node('Add', cotangent, gradient)
  }
  onnx.output('end', node('Mul', cotangent, early), 'f32', [1])
  const model = onnx.model('order')
  const folder = mkdtempSync(join(tmpdir(), 'distill-order-'))
  try {
    const session = await InferenceSession.create(
      modelBytes({ ...model, nodes: lastFirst(model.nodes) }, runtimeFormat),
      // as written: fused nodes have other names
      {
        enableProfiling: true,
        profileFilePrefix: join(folder, 'profile'),
        graphOptimizationLevel: 'disabled',
      },
    )
    await session.run({ x: new Tensor('float32', Float32Array.of(0.5), [1]) })
    session.endProfiling()
    await session.release()
    const [file = ''] = readdirSync(folder)
    const ran = events
      .parse(JSON.parse(readFileSync(join(folder, file), 'utf8')).filter(({ ts }: { ts?: number }) => ts))
      .filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'))
      .sort((a, b) => a.ts - b.ts)
      .map(({ name }) => name.replace('_kernel_time', ''))
    expect(ran.filter((name) => !/^(Identity|Size) /.test(name))).toEqual(made)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
