import type { Environment, HappeningOf } from '../contract.ts'
import { of, type Placed, type Run } from './signal.ts'

/** The programs of each viewer, by the name of their file (scanner.md, section 14). */
const OWN: Readonly<Record<Environment['viewer'], readonly string[]>> = {
  poppler: ['pdftoppm', 'pdftotext', 'pdftocairo', 'pdfinfo'],
  mupdf: ['mutool', 'mudraw', 'mupdf'],
  libreoffice: ['soffice', 'soffice.bin', 'oosplash'],
  chromium: ['chromium', 'chrome', 'chrome_crashpad_handler', 'chrome-sandbox', 'headless_shell'],
  other: [],
}

export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

/** Where Debian installs programs: a file of the same name elsewhere is another, and so is one that is reached from there by `..`. */
const INSTALLED = /^(?:\/usr)?\/(?:bin|sbin|lib|lib64|libexec|opt)\/(?!(?:.*\/)?\.\.(?:\/|$))/s

/** A bare name is what some guests call a program; a kernel that tells of an execve says what was asked for, and then it lies in the folder of whoever asked. */
export function isOwnProgram(image: string, { viewer, driver }: Pick<Environment, 'viewer' | 'driver'>): boolean {
  return OWN[viewer].includes(fileName(image)) && (INSTALLED.test(image) || (driver !== 'qemu' && !image.includes('/')))
}

/**
 * Processes with an image of their own that the viewer does not start with harmless files; a copy of its parent is none. Where its programs are known, no baseline
 * adds to them.
 */
export function strangers(run: Run): Placed<HappeningOf<'process-start'>>[] {
  const images = new Map<number, string>()
  const listed = run.environment.driver === 'qemu' && OWN[run.environment.viewer].length > 0
  return of(run, 'process-start').filter((start) => {
    // The trace gives arguments, be it none, to each program that was started.
    const copy = start.arguments === undefined && (start.rank === 'kernel' || images.get(start.parent) === start.image)
    images.set(start.pid, start.image)
    return !copy && !isOwnProgram(start.image, run.environment) && (listed || !run.ordinary.has(start))
  })
}

/** Processes that ran another program than those of the viewer. */
export function foreignPids(run: Run): Set<number> {
  return new Set(
    of(run, 'process-start').flatMap(({ pid, image, arguments: given }) => (given !== undefined && !isOwnProgram(image, run.environment) ? [pid] : [])),
  )
}
