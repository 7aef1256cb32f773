/** What would make the backend start where it does not. */
import { installCommand } from '../../disk/manifest.ts'

/**
 * Undefined where no command does. The two packages are left out together, so that they are installed
 * together.
 */
export function webGpuRemedy(reason: string, platform: NodeJS.Platform): string | undefined {
  if (/package \S+ is not installed/.test(reason))
    return installCommand(['webgpu', '@tensorflow/tfjs-backend-webgpu'])
  return reason.includes('graphics driver') && platform === 'linux'
    ? 'apt-get install mesa-vulkan-drivers'
    : undefined
}
