/** The machines by the names of their backends, each loaded when it is asked for. */
import { DeviceMachine } from './device-machine.ts'
import { referenceMachine } from './reference-machine.ts'
import type { Machine } from './value.ts'

const makers: { readonly [name: string]: (() => Promise<Machine>) | undefined } = {
  reference: async () => referenceMachine(),
  cpu: async () => {
    const { cpuDevice } = await import('../backends/tfjs/load.ts')
    const { arrayKernels } = await import('../backends/tfjs/kernels/index.ts')
    return new DeviceMachine(await cpuDevice(), arrayKernels)
  },
  wasm: async () => {
    const { wasmDevice } = await import('../backends/tfjs/load.ts')
    const { wasmTables } = await import('../backends/wasm/table.ts')
    const parts = await wasmDevice()
    const { kernels, updates } = wasmTables(parts)
    return new DeviceMachine(parts.device, kernels, updates)
  },
}

/** A machine on a backend: reference, cpu or wasm. Rejects with the reason where it does not start. */
export async function openMachine(name: string): Promise<Machine> {
  const make = makers[name]
  if (make === undefined) throw new Error(`no backend ${name}: ${Object.keys(makers).join(', ')}`)
  return make()
}
