/** What would make it usable where it does not start for such a reason; undefined where no command does. */
export function webGpuRemedy(reason: string, platform: NodeJS.Platform): string | undefined {
  const missing = /package (\S+) is not installed/.exec(reason)?.[1]
  if (missing !== undefined) return `npm install ${missing}`
  return reason.includes('graphics driver') && platform === 'linux'
    ? 'apt-get install mesa-vulkan-drivers'
    : undefined
}
