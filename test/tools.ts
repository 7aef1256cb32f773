/** Programs that some tests need and a machine may lack, and why one cannot be used. */
import { spawnSync } from 'node:child_process'
import { chromiumPath } from './browser/chromium.ts'

/** Debian's, which has Debian's packages. */
export const python = '/usr/bin/python3'

function missing(program: string, version: readonly string[]): string | undefined {
  return spawnSync(program, version).status === 0 ? undefined : `there is no ${program}`
}

function notRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'the daemons of SLURM need root'
}

/** Debian has both: each needs its own launcher. */
function missingMpi(launcher: string): string | undefined {
  return missing(launcher, ['--version'])
}

export const tools = {
  chromium: () => (chromiumPath() === undefined ? 'there is no /usr/bin/chromium' : undefined),
  openmpi: () => missingMpi('mpirun.openmpi'),
  mpich: () => missingMpi('mpirun.mpich'),
  protoc: () => missing('protoc', ['--version']),
  'python-crc32c': () =>
    spawnSync(python, ['-c', 'import crc32c']).status === 0 ? undefined : `${python} has no module crc32c`,
  'python-onnx': () =>
    spawnSync(python, ['-c', 'import onnx']).status === 0 ? undefined : `${python} has no module onnx`,
  /** Its daemons are started for a test. */
  slurm: () => missing('slurmctld', ['-V']) ?? missing('munged', ['--version']) ?? notRoot(),
  tmux: () => missing('tmux', ['-V']),
} as const satisfies Readonly<Record<string, () => string | undefined>>
export type ToolName = keyof typeof tools

export function isTool(name: string): name is ToolName {
  return Object.hasOwn(tools, name)
}
