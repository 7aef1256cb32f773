/** Commands of Distill in a terminal, as tasks: the editor quotes their words for the shell of the user. */
import { ShellExecution, ShellQuoting, Task, TaskScope, tasks, Uri, workspace } from 'vscode'
import type { Spec } from './spec.ts'
import { toolFor } from './tool.ts'

export async function runInTerminal(
  command: string,
  { folder, path }: Spec,
  options: readonly string[] = [],
): Promise<void> {
  const tool = toolFor(folder)
  const quoted = (value: string) => ({ value, quoting: ShellQuoting.Strong })
  const words = [...tool.arguments, command, path, ...options]
  const execution = new ShellExecution(quoted(tool.command), words.map(quoted), { cwd: folder })
  const scope = workspace.getWorkspaceFolder(Uri.file(folder)) ?? TaskScope.Workspace
  const name = [command, path, ...options].join(' ')
  await tasks.executeTask(new Task({ type: 'shell' }, scope, name, 'distill', execution, []))
}
