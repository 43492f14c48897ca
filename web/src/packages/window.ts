import type { Summary } from './packages.ts'

/** Where a version stands for its readers at an instant: computed, because nothing stores that a window is open. */
export type Standing = 'before-any-window' | 'window-open' | 'published'

/** The earliest opening of the windows that this reader is told about. */
export function opensAtMs({ windows, openedAt }: Pick<Summary, 'windows' | 'openedAt'>): number | undefined {
  const instants = windows ? [windows.validate, windows.advance, windows.entry] : openedAt ? [openedAt] : []
  return instants.length === 0 ? undefined : Math.min(...instants.map((instant) => Date.parse(instant)))
}

/** Undefined for a version that has no release. */
export function standingOf(version: Pick<Summary, 'release' | 'windows' | 'openedAt'>, nowMs: number): Standing | undefined {
  const opens = opensAtMs(version)
  if (!version.release || opens === undefined) return undefined
  if (nowMs >= Date.parse(version.release.instant)) return 'published'
  return nowMs >= opens ? 'window-open' : 'before-any-window'
}

/** How long until an instant, in the two largest units: `3 d 4 h`, `12 min 5 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = units.findIndex(([value]) => value > 0)
  if (first === -1) return '0 s'
  const shown = units.slice(first, first + 2).filter(([value]) => value > 0)
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ')
}
