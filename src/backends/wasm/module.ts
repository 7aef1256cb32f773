/** Functions as one WebAssembly module. */
import { Assembler } from './assembler.ts'

/** Undefined where the engine has no vector instructions. */
export function moduleOf(
  ...parts: readonly ((assembler: Assembler) => void)[]
): WebAssembly.Module | undefined {
  const assembler = new Assembler()
  for (const add of parts) add(assembler)
  try {
    return new WebAssembly.Module(assembler.assemble())
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined
    throw error
  }
}
