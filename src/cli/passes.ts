/** `--passes=none` or `--passes=-a,-b` disables optimizations, in every command that compiles a stage. */
import { Option } from 'commander'

export function passesOption(): Option {
  return new Option('--passes <list>', 'none disables all optimizations; -NAME,-NAME disables the named ones')
}
