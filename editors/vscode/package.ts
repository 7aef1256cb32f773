/** `npm run vscode` makes dist/distill-VERSION.vsix. */
import { join } from 'node:path'
import { packageExtension } from './vsix.ts'

const root = join(import.meta.dirname, '../..')
await packageExtension(join(root, '.cache/vscode'), join(root, 'dist'))
