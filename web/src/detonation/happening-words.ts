import type { Happening } from '#scanner/detonation/contract.ts'

/** What kind of happening it is, as a reader filters by it. */
export const KINDS: Readonly<Record<Happening['kind'], string>> = {
  'process-start': 'Process start',
  'process-end': 'Process end',
  fault: 'Fault',
  memory: 'Memory',
  'attack-call': 'Attack call',
  connect: 'Connection',
  file: 'File',
  registry: 'Registry',
  'library-call': 'Library call',
  'module-load': 'Module',
  spray: 'Heap spray',
  viewer: 'Viewer',
  picture: 'Picture',
  dialog: 'Dialog',
  page: 'Page',
  unreported: 'Unreported request',
  silence: 'Silence',
  dropped: 'Not kept',
}

const when = (text: string | undefined, words: (text: string) => string) => (text === undefined ? '' : words(text))

/** One happening in one line. Text of a guest is shown as text and nothing else. */
export function happeningWords(one: Happening): string {
  switch (one.kind) {
    case 'process-start':
      return `${one.pid} started: ${(one.arguments?.length ? one.arguments : [one.image]).join(' ')}`
    case 'process-end':
      return `${one.pid} ended${when(one.signal, (text) => ` by ${text}`)}${one.code === undefined ? '' : ` with ${one.code}`}`
    case 'fault':
      return `${one.signal} in ${one.image}${when(one.access, (text) => ` on ${text}`)}${when(one.address, (text) => ` at ${text}`)}`
    case 'memory':
      return `${one.call}${when(one.protection, (text) => ` ${text}`)}${when(one.address, (text) => ` at ${text}`)}${one.pivoted ? ', with the stack pointer outside of the stack' : ''}`
    case 'attack-call':
      return `${one.call}${when(one.detail, (text) => ` ${text}`)}`
    case 'connect':
      return `To ${one.to}${one.port === undefined ? '' : `:${one.port}`} (${one.protocol})`
    case 'file':
      return `${one.action} ${one.path}${one.honey ? ' (nobody has a reason to)' : ''}`
    case 'registry':
      return `${one.action} ${one.path}${when(one.value, (text) => ` = ${text}`)}`
    case 'library-call':
      return `${one.call}(${one.argument})`
    case 'module-load':
      return one.path
    case 'spray':
      return `${one.bytes.toLocaleString('en')} bytes of memory repeat ${one.pattern}`
    case 'viewer':
      return `${one.state}${when(one.detail, (text) => `: ${text}`)}`
    case 'picture':
      return `${one.of} ${one.number}, ${one.width} × ${one.height}`
    case 'dialog':
      return one.text
    case 'page':
      if (one.action === 'heap') return `heap: ${(one.bytes ?? 0).toLocaleString('en')} bytes in use`
      return `${one.action}: ${one.url === undefined || one.detail.includes(one.url) ? one.detail : `${one.detail} ${one.url}`}`
    case 'unreported':
      return `${one.method} ${one.url}, of which the browser did not tell`
    case 'silence':
      return `Of the ${one.of}: ${one.detail}`
    case 'dropped':
      return `${one.count.toLocaleString('en')} of ${one.of} were not kept`
    default:
      return (one satisfies never as { readonly kind: string }).kind
  }
}

/** The process that it concerns, where it is known. */
export function processOf(one: Happening): number | undefined {
  return 'pid' in one ? one.pid : undefined
}
