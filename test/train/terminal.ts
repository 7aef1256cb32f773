/** A program in a terminal: tmux, whose screen can be read. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds that a program has to show something: less than a test has, so that its screen is told. */
const patience = 45_000

export interface Terminal {
  /** What the screen shows, once the program has set the terminal's title to this. */
  screen(title: string): Promise<string>
  /** What the screen shows, once this is on it. */
  shows(text: string): Promise<string>
  /** A key for the program, as tmux names it. */
  press(key?: string): void
  /** Resolves once the program can see the new size: tmux reports it some time after it has redrawn the screen. */
  resize(columns: number, rows: number): Promise<void>
  close(): void
}

/** @param command the words of the program's command line */
export function openTerminal(command: readonly string[], columns: number, rows: number): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'distill-tmux-'))
  // -u: the screen is UTF-8, whatever the locale.
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-u', '-S', join(folder, 'socket'), '-f', '/dev/null', ...words], {
      encoding: 'utf8',
    })
  const size = ['-x', String(columns), '-y', String(rows)]
  tmux(
    'new-session',
    '-d',
    ...size,
    ...command,
    ';',
    'set',
    '-g',
    'status',
    'off',
    ';',
    'resize-window',
    ...size,
  )
  return {
    async screen(title) {
      for (const since = Date.now(); Date.now() - since < patience; ) {
        if (tmux('display-message', '-p', '#{pane_title}').trim() === title) return tmux('capture-pane', '-p')
        await setTimeout(100)
      }
      throw new Error(`the program does not come to ${title}:\n${tmux('capture-pane', '-p')}`)
    },
    async shows(text) {
      for (const since = Date.now(); Date.now() - since < patience; ) {
        const screen = tmux('capture-pane', '-p')
        if (screen.includes(text)) return screen
        await setTimeout(100)
      }
      throw new Error(`the screen does not show ${text}:\n${tmux('capture-pane', '-p')}`)
    },
    press: (key = 'x') => void tmux('send-keys', key),
    async resize(width, height) {
      tmux('resize-window', '-x', String(width), '-y', String(height))
      const tty = tmux('display-message', '-p', '#{pane_tty}').trim()
      const seen = (): string => execFileSync('stty', ['-F', tty, 'size'], { encoding: 'utf8' }).trim()
      for (let tries = 0; tries < 300 && seen() !== `${height} ${width}`; tries++) await setTimeout(20)
    },
    close() {
      tmux('kill-server')
      rmSync(folder, { recursive: true })
    },
  }
}
