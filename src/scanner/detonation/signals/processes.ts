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

/** Chromium's crash handler, as Debian installs it. */
export function isCrashHandler(image: string): boolean {
  return fileName(image) === 'chrome_crashpad_handler' && INSTALLED.test(image)
}

/** By this name a process runs its own program once more (proc(5)), as Chromium does for its audio service. */
const ITSELF = '/proc/self/exe'

/** Each start of a program, in their order, with whether the program is the viewer's own; a copy of its parent starts none. */
function programs(run: Run): { readonly start: Placed<HappeningOf<'process-start'>>; readonly own: boolean }[] {
  const images = new Map<number, string>()
  const foreign = new Set<number>()
  return of(run, 'process-start').flatMap((start) => {
    const { pid, parent, image } = start
    // The trace gives arguments, be it none, to each program that was started.
    const copy = start.arguments === undefined && (start.rank === 'kernel' || images.get(parent) === image)
    images.set(pid, image)
    const itself = copy || (image === ITSELF && run.environment.driver === 'qemu')
    const own = itself ? !foreign.has(pid) && !foreign.has(parent) : isOwnProgram(image, run.environment)
    if (own) foreign.delete(pid)
    else foreign.add(pid)
    return copy ? [] : [{ start, own }]
  })
}

/**
 * Processes with an image of their own that the viewer does not start with harmless files. Where its programs are known, no baseline
 * adds to them.
 */
export function strangers(run: Run): Placed<HappeningOf<'process-start'>>[] {
  const listed = run.environment.driver === 'qemu' && OWN[run.environment.viewer].length > 0
  return programs(run).flatMap(({ start, own }) => (!own && (listed || !run.ordinary.has(start)) ? [start] : []))
}

/** Processes that ran another program than those of the viewer. */
export function foreignPids(run: Run): Set<number> {
  return new Set(programs(run).flatMap(({ start, own }) => (own || start.arguments === undefined ? [] : [start.pid])))
}
