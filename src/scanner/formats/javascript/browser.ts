import { RecordingHost } from './host.ts'
import type { Machine } from './machine.ts'
import { Hosted, Thing, type Native, type Value } from './objects.ts'
import { head, LongText } from './text.ts'

const OBJECTS = new Set(
  [
    'document navigator location history screen localStorage sessionStorage console ActiveXObject GetObject WScript XMLHttpRequest fetch Blob URL Image',
    'external clipboardData setTimeout setInterval clearTimeout clearInterval alert confirm prompt open close moveTo resizeTo execScript addEventListener',
    'attachEvent atob btoa Worker Promise requestAnimationFrame MutationObserver performance crypto indexedDB matchMedia getComputedStyle CollectGarbage',
    'ScriptEngine ScriptEngineMajorVersion event Element HTMLElement Event TextDecoder TextEncoder JSON Symbol Map Set WeakMap Proxy Reflect FileReader',
  ]
    .join(' ')
    .split(' '),
)
/** Names of the page's own global object. */
const SELVES = new Set(['window', 'self', 'top', 'parent', 'frames', 'globalThis'])
const MOST_WRITTEN = 2 ** 20

const VALUES: Readonly<Record<string, Value>> = {
  'navigator.userAgent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; Trident/7.0; rv:11.0) like Gecko',
  'navigator.platform': 'Win32',
  'navigator.appName': 'Netscape',
  'navigator.language': 'en-US',
  'location.href': 'http://page.invalid/',
  'location.protocol': 'http:',
  'location.hash': '',
  'location.search': '',
  'document.cookie': '',
  'document.readyState': 'complete',
}

/** A browser, and the host of script files, as far as a script that starts something needs them. */
export class Browser extends RecordingHost {
  readonly #pieces: string[] = []
  #length = 0

  /** Markup that the scripts wrote into the page. */
  get written(): string {
    return this.#pieces.join('')
  }

  protected override global(machine: Machine, key: string): Value {
    if (SELVES.has(key)) return machine.global
    return OBJECTS.has(key) ? this.hosted(machine, machine.global, key, key) : undefined
  }

  protected override known(machine: Machine, path: string, key: string): Value {
    if (key === 'location' && (path === 'document' || path === 'window')) return machine.get(machine.global, 'location', 0)
    if (key === 'then') return undefined
    return VALUES[`${path}.${key}`]
  }

  protected override answer(machine: Machine, path: string, values: readonly Value[], at: number): Value {
    if (Object.hasOwn(ANSWERS, path)) return ANSWERS[path]!(machine, undefined, values, at)
    if (path === 'setTimeout' || path === 'setInterval' || path === 'requestAnimationFrame' || path === 'execScript') this.later(machine, values[0], at)
    else if (path.endsWith('addEventListener') || path.endsWith('attachEvent')) this.later(machine, values[1], at)
    else if (path.endsWith('.then')) this.later(machine, values[0], at)
    else if (path === 'document.write' || path === 'document.writeln') this.#write(machine, values[0])
    return undefined
  }

  override set(machine: Machine, object: Hosted, key: string, value: Value, at: number): void {
    if (object === machine.global && (key === 'location' || key.startsWith('on'))) this.note(machine, 'set', key, [value], at)
    else super.set(machine, object, key, value, at)
    if (key.startsWith('on') && value instanceof Thing) this.later(machine, value, at)
    if (key === 'innerHTML' || key === 'outerHTML') this.#write(machine, value)
  }

  #write(machine: Machine, value: Value): void {
    const text = machine.text(value)
    if (text instanceof LongText) machine.spend(Math.min(text.length, MOST_WRITTEN))
    const piece = head(text, Math.max(0, MOST_WRITTEN - this.#length))
    this.#length += piece.length
    this.#pieces.push(piece)
  }
}

const ANSWERS: Readonly<Record<string, Native>> = {
  alert: () => null,
  confirm: () => true,
  atob: (machine, _, [text]) => {
    const given = machine.built(machine.text(text))
    machine.spend(given.length)
    return Buffer.from(given, 'base64').toString('latin1')
  },
  btoa: (machine, _, [text]) => {
    const given = machine.built(machine.text(text))
    machine.spend(given.length * 2)
    return Buffer.from(given, 'latin1').toString('base64')
  },
  'document.execCommand': () => true,
}
