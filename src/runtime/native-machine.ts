/** A trainer program's machine on oneDNN. */
import { type NativeParts, nativeParts } from '../backends/native/parts.ts'
import { DeviceMachine } from './device-machine.ts'

class NativeMachine extends DeviceMachine {
  private readonly parts: NativeParts

  constructor(parts: NativeParts) {
    super(parts.device, parts.kernels, parts.updates)
    this.parts = parts
  }

  override dispose(): void {
    super.dispose()
    this.parts.dispose()
  }
}

/** Rejects with E1120 where oneDNN does not start. */
export async function nativeMachine(): Promise<DeviceMachine> {
  return new NativeMachine(await nativeParts())
}
