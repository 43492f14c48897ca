import { posix } from 'node:path'
import type { Happening, HappeningOf } from '../contract.ts'

/** Directories whose names are made up anew for each run, or are those of the document; in the profile of Chromium, of the sites whose data they hold. */
const PASSING =
  /^(?:\/home\/user\/Documents|\/tmp|\/var\/tmp|\/dev\/shm|\/run\/user\/\d+|\/home\/user\/profile\/Default\/(?:Cache|Code Cache|File System|IndexedDB|Service Worker|WebStorage|blob_storage))(?=\/)/

/** A name, or its end, as mkstemp makes them up, which this time holds no digit; where LibreOffice writes its settings, no capital either. */
const MADE_UP = /(?<=\/libreoffice\/\d\/user\/)[A-Za-z]{6}$|(?<=[/.])(?=[a-z]*[A-Z])[A-Za-z]{6}$/

/** Of what lies there, nothing but the document can be written without being created first; what lies there to be stolen is told otherwise. */
const OPENED = /^\/home\/user\/Documents\/[^/]+$/

/** LibreOffice has some three hundred libraries where nobody can write, and loads them as it needs them. */
const OF_OFFICE = /^(\/usr\/lib\/libreoffice\/program\/)[^/]+\.so$/

const LEAST_ENGINE_RANGE = 128 * 2 ** 20

/**
 * Whether memory under a protection key can be where the script engine of a browser keeps its code. Of that, Chromium 156 put 512 MiB at once under key 1, in the one run in
 * which it was seen; shellcode needs some pages.
 */
export function isEngineRange({ key, length }: Pick<HappeningOf<'memory'>, 'key' | 'length'>): boolean {
  return key !== undefined && (length ?? 0) >= LEAST_ENGINE_RANGE
}

/** The numbers of processes and of their threads. */
const OF_PROCESSES = /(?<=^\/proc\/(?:(?:self|thread-self|\d+)\/task\/)?)\d+(?=\/|$)/g

/** An absolute path without `.`, `..` and empty names, as far as no link stands in it; anything else as it is. */
export function plainPath(path: string): string {
  return path.startsWith('/') ? posix.normalize(path) : path
}

/** A path without what differs from run to run: numbers, and names in directories for passing files. */
export function generalPath(given: string): string {
  const path = plainPath(given).replaceAll(OF_PROCESSES, '#')
  const passing = PASSING.exec(path)?.[0]
  if (passing !== undefined) {
    const rest = path.slice(passing.length).split('/').slice(1, 8)
    return `${passing.replaceAll(/\d+/g, '#')}/${rest.map(generalName).join('/')}`
  }
  return path.replace(MADE_UP, '#').replaceAll(/[0-9a-zA-Z]+/g, (word) => (word.length < 3 || !/\d/.test(word) ? word : '#'))
}

const ENDING = /\.(?:[a-z]{1,8}|[a-z]{1,4}\d)$/i

/** Its ending says what it is; a lock of LibreOffice bears the name of the document, and where a page makes a sound, PulseAudio makes a name up. */
function generalName(name: string): string {
  if (/^pulse-\w{12}$/.test(name)) return 'pulse-*'
  if (/^\.~lock\..*#$/.test(name)) return '.~lock.*#'
  return MADE_UP.test(name) ? '*' : `*${ENDING.exec(name)?.[0] ?? ''}`
}

/** What changes another process or the kernel: no file is so harmless that it makes these ordinary. */
const NEVER_ORDINARY: ReadonlySet<string> = new Set(['ptrace', 'process_vm_writev', 'mem_write', 'init_module', 'finit_module', 'bpf'])

/** What a happening is about, as far as it is the same in each run of a harmless file; undefined for what is never ordinary or never odd. */
export function subjectOf(happening: Happening): string | undefined {
  switch (happening.kind) {
    case 'process-start':
      return happening.arguments === undefined ? `copy of ${happening.image}` : happening.image
    case 'memory':
      if (happening.key !== undefined && !isEngineRange(happening)) return undefined
      return `${happening.call} ${happening.protection ?? ''} ${happening.anonymous ? 'anonymous' : happening.key === undefined ? '' : 'keyed'}`.trim()
    case 'attack-call':
      if (NEVER_ORDINARY.has(happening.call)) return undefined
      return happening.detail?.includes('CLONE_NEWUSER') ? `${happening.call} CLONE_NEWUSER` : happening.call
    case 'connect':
      return `${happening.protocol} ${happening.to} ${happening.port ?? ''}`.trim()
    case 'file':
      return happening.action === 'write' && OPENED.test(happening.path) ? 'write the document' : `${happening.action} ${generalPath(happening.path)}`
    case 'registry':
      return `${happening.action} ${happening.path.replaceAll(/[0-9a-f]+/gi, (word) => (/\d/.test(word) ? '#' : word))}`
    case 'library-call':
      return `${happening.call} ${generalPath(happening.argument.replace(OF_OFFICE, '$1*.so')).slice(0, 300)}`
    case 'module-load':
      return happening.path
    default:
      return undefined
  }
}
