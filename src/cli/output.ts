/**
 * The one place that writes to standard output and standard error. Whatever is printed passes
 * `terminalText`, so no name, cell or label can send a sequence to a terminal.
 */
import { terminalText } from '../diagnostics/terminal-text.ts'

/**
 * Results: standard output. JSON stays the same JSON: what is shown by its number stands in a string, where
 * `\u001b` is the character.
 */
export function print(text: string): void {
  process.stdout.write(terminalText(text))
}

/** What is said beside the result, and progress: standard error. */
export function say(text: string): void {
  process.stderr.write(terminalText(text))
}

/** A text that a program reads, such as a spec or a picture: unchanged, unless a terminal shows it. */
export function printProgramText(text: string): void {
  process.stdout.write(process.stdout.isTTY ? terminalText(text) : text)
}

/**
 * Lines that are redrawn in place. Their sequences are those of `LiveLines`, which cleans its lines itself.
 */
export function redraw(sequences: string): void {
  process.stderr.write(sequences)
}
