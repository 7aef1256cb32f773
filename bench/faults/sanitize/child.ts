/**
 * `child.ts CALLS SEED THREADING RECORD C`: see sanitized.ts, whose environment it needs. The site of each call
 * is written to the file RECORD before it: a sanitizer ends the process without asking.
 */
import { openSync, writeSync } from 'node:fs'
import { compiledLibrary, type Threading } from '../../../src/backends/compiled/compiler.ts'
import { Functions } from '../../../src/backends/compiled/functions.ts'
import { kernelTable } from '../../../src/backends/compiled/index.ts'
import { productKernels } from '../../../src/backends/compiled/kernels/products.ts'
import { type FunctionName, functionNames, source } from '../../../src/backends/compiled/source/index.ts'
import { productsHere } from '../../../src/backends/compiled/source/products.ts'
import { updateKernels } from '../../../src/backends/compiled/update-kernels.ts'
import { loadForeign } from '../../../src/backends/foreign/foreign.ts'
import { NativeDevice } from '../../../src/backends/native/device.ts'
import { GraphError } from '../../../src/graph/graph.ts'
import { type Device, firstOf, type Held } from '../../../src/run/device.ts'
import { stream } from '../../../test/ops/typed.ts'
import { bytesCalls } from './bytes-calls.ts'
import { drawn } from './draw.ts'
import { GuardedMemory } from './guarded-memory.ts'
import { updateCalls } from './update-calls.ts'

const [wanted = '0', seed = '1', threading = 'own', record = '/dev/null', more = ''] = process.argv.slice(2)
const library = await compiledLibrary(`${source}\n${more}`, undefined, threading as Threading)
if (library.path === undefined) throw new Error(library.reason)
const foreign = await loadForeign()
const memory = new GuardedMemory(foreign)

const counts = new Map<string, number>()
let [calls, refused] = [0, 0]
/** The library, which counts. */
class Counted extends Functions {
  override bind(name: FunctionName, fixed?: readonly number[]) {
    const call = super.bind(name, fixed)
    return (...addresses: number[]): number => {
      calls++
      counts.set(name, (counts.get(name) ?? 0) + 1)
      return call(...addresses)
    }
  }
}
const functions = new Counted(foreign, library.path, memory)
const here = foreign.load(library.path).function('products_here', 'int32', ['address'])(0)

const device = new NativeDevice(memory)
const kernels = firstOf(
  kernelTable(functions, memory),
  (here & productsHere.float32) === 0 ? {} : productKernels(functions),
)
const updates = updateKernels(functions, memory)
const last = openSync(record, 'w')
const uniform = stream(Number(seed))

/** One op at random, now and then twice, and an update by its result. */
function once(): void {
  const one = drawn(uniform)
  if (one === undefined) return
  const { site, values } = one
  writeSync(last, `${JSON.stringify(site).padEnd(4000)}\n`, 0)
  const step = accepted(() => kernels[site.op]?.(site))
  if (step === undefined) return
  const inputs = values.map((view, k) => uploaded(device, view, site.inputs[k]?.shape ?? []))
  const random = {
    seed: Math.floor(uniform() * 2 ** 32),
    stage: 'sanitize',
    step: Math.floor(uniform() * 1000),
  }
  const results: Held[] = []
  accepted(() => {
    const derived = (input: number, _form: string, make: (held: Held) => Held): Held => {
      const held = inputs[input]
      if (held === undefined) throw new Error(`no input ${input}`)
      return make(held)
    }
    const run = (): Held => {
      const held = step(inputs, { device, random, over: undefined, derived })
      results.push(held)
      return held
    }
    const first = run()
    // a gradient of a table leaves rows out, and two of them are added by their rows
    if (first.dtype === 'float32' && site.op === 'lookup_gradient') updates.add(first, run())
    for (const held of results) if (held.dtype === 'float32') updateCalls(device, updates, held, uniform)
  })
  for (const held of [...inputs, ...results]) device.release(held)
}

/** Its result; undefined where a binder refuses. */
function accepted<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    refused++
    return undefined
  }
}

function uploaded(to: Device, view: Parameters<Device['upload']>[0], shape: readonly number[]): Held {
  const dtype = view instanceof Float32Array ? 'float32' : view instanceof Int32Array ? 'int32' : 'bool'
  return to.upload(view, shape, dtype)
}

for (let round = 0; calls < Number(wanted); round++) {
  if (round % 64 === 0) functions.setThreads(1 + Math.floor(uniform() * 3))
  if (round % 16 === 0) bytesCalls(functions, memory, (here & productsHere.int8) !== 0, uniform)
  once()
}
if (device.memory().tensors !== 0) throw new Error(`${device.memory().tensors} values were not released`)
library.done()
const kernelCalls = Object.fromEntries(
  functionNames.flatMap((name) => (counts.has(name) ? [[name, counts.get(name)]] : [])),
)
process.stdout.write(JSON.stringify({ kernels: kernelCalls, refused }))
