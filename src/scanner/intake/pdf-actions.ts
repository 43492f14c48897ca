import type { PdfObject } from '#scanner/formats/pdf.ts'
import { isDict, isName, isRef, type PdfDict, type PdfValue } from '#scanner/formats/pdf-lexer.ts'
import type { PdfTrigger } from './fact.ts'
import { standing, type PdfDocument } from './pdf-document.ts'

/** Actions that run something or leave the document (PDF 32000-1, table 198). */
const ACTIONS = new Set(['JavaScript', 'Launch', 'SubmitForm', 'ImportData', 'GoToR', 'GoToE', 'Rendition', 'RichMediaExecute', 'URI', 'Thread'])
const PAGE_EVENTS = new Set(['PO', 'PC', 'PV', 'PI'])
const LONGEST_DETAIL = 300
const LONGEST_SCRIPT = 4 * 2 ** 20
const DEEPEST = 32
const MOST_NEXT = 64

/** Every action dictionary is reported once for each way to start it; one that nothing leads to is reported as `unknown`. */
export class PdfActions {
  readonly #document: PdfDocument
  readonly #started = new Set<string>()
  readonly #known = new Set<string>()
  readonly #loose: { readonly object: PdfObject; readonly action: PdfDict }[] = []

  constructor(document: PdfDocument) {
    this.#document = document
  }

  /** Looks at a dictionary: what its keys start, and whether it is an action itself. */
  visit(object: PdfObject, dictionary: PdfDict): void {
    const { dict } = dictionary
    if (dict.has('OpenAction')) this.#start(object, dict.get('OpenAction'), 'open', 0)
    if (dict.has('AA')) this.#additional(object, dict)
    if (dict.has('JavaScript') && !dict.has('S')) this.#names(object, dict.get('JavaScript'), 0)
    if (dict.has('A') && (dict.has('Subtype') || dict.has('Title') || dict.has('Rect'))) this.#start(object, dict.get('A'), 'user', 0)
    if (dict.has('PA') && dict.has('Rect')) this.#start(object, dict.get('PA'), 'user', 0)
    const kind = dict.get('S')
    // Links that a reader follows are counted by nobody; there may be thousands.
    if (isName(kind) && ACTIONS.has(kind.name) && kind.name !== 'URI') this.#loose.push({ object, action: dictionary })
  }

  /** Reports the actions that nothing led to. */
  finish(): void {
    for (const { object, action } of this.#loose) if (!this.#known.has(keyOf(object, action))) this.#say(object, action, 'unknown')
  }

  #additional(object: PdfObject, dict: PdfDict['dict']): void {
    const additional = this.#document.target(dict.get('AA'))
    if (!isDict(additional.value)) return
    const isPage = isName(dict.get('Type'), 'Page') || dict.has('MediaBox')
    const isCatalog = isName(dict.get('Type'), 'Catalog') || dict.has('Pages')
    for (const [key, action] of additional.value.dict) {
      const trigger = isCatalog ? 'document' : isPage || PAGE_EVENTS.has(key) ? 'page' : 'user'
      this.#start(additional.object ?? object, action, trigger, 0)
    }
  }

  /** The name tree of document scripts: all of them run when the document opens (PDF 32000-1, 7.7.4). */
  #names(object: PdfObject, value: PdfValue | undefined, depth: number): void {
    const { part, pdf } = this.#document
    for (const { value: node, object: home } of this.#reached(object, value)) {
      part.budget.step()
      if (depth > DEEPEST || !isDict(node) || this.#once(home, node, 'tree')) continue
      const names = pdf.follow(node.dict.get('Names'))
      if (Array.isArray(names)) for (let i = 1; i < names.length; i += 2) this.#start(home, names[i], 'names', 0)
      const kids = pdf.follow(node.dict.get('Kids'))
      if (Array.isArray(kids)) for (const kid of kids) this.#names(home, kid, depth + 1)
    }
  }

  /** What a value leads to: itself, or every version of the object that it refers to. */
  #reached(object: PdfObject, value: PdfValue | undefined): readonly { value: PdfValue | undefined; object: PdfObject }[] {
    if (!isRef(value)) return [{ value, object }]
    return this.#document.pdf.versions(value).map((version) => ({ value: version.value, object: version }))
  }

  #start(object: PdfObject, value: PdfValue | undefined, trigger: PdfTrigger, depth: number): void {
    this.#document.part.budget.step()
    if (depth > DEEPEST) return
    for (const { value: action, object: home } of this.#reached(object, value)) {
      if (Array.isArray(action)) for (const one of action.slice(0, MOST_NEXT)) if (isRef(one) || isDict(one)) this.#start(home, one, trigger, depth + 1)
      if (!isDict(action) || this.#once(home, action, trigger)) continue
      this.#say(home, action, trigger)
      if (action.dict.has('Next')) this.#start(home, action.dict.get('Next'), trigger, depth + 1)
    }
  }

  /** True for what was seen before in the same way. */
  #once(object: PdfObject, dictionary: PdfDict, way: string): boolean {
    const key = `${keyOf(object, dictionary)}:${way}`
    if (this.#started.has(key)) return true
    this.#started.add(key)
    return false
  }

  #say(object: PdfObject, action: PdfDict, trigger: PdfTrigger): void {
    const { part } = this.#document
    const kind = action.dict.get('S')
    if (!isName(kind) || !ACTIONS.has(kind.name)) return
    if (kind.name === 'JavaScript' && !action.dict.has('JS')) return
    this.#known.add(keyOf(object, action))
    const { source, cut } = action.dict.has('JS') ? this.#document.script(action.dict.get('JS'), LONGEST_SCRIPT) : { source: '', cut: false }
    if (cut) part.miss(part.path, 'limit', `a script is longer than ${LONGEST_SCRIPT / 2 ** 20} MiB`)
    const detail = kind.name === 'JavaScript' ? source.slice(0, LONGEST_DETAIL) : this.#detail(kind.name, action)
    if (kind.name === 'URI' && trigger === 'user' && isPlainLink(detail)) return
    const place = { ...this.#document.place(object, action), ...standing(object) }
    part.say({ kind: 'pdf-action', ...place, action: kind.name, trigger, detail })
    if (source !== '') part.say({ kind: 'pdf-javascript', ...place, trigger, source })
  }

  #detail(kind: string, { dict }: PdfDict): string {
    const { pdf } = this.#document
    if (kind === 'URI') return this.#document.text(dict.get('URI')).trim().slice(0, LONGEST_DETAIL)
    const windows = pdf.follow(dict.get('Win'))
    const file = dict.get('F') ?? (isDict(windows) ? windows.dict.get('F') : undefined) ?? dict.get('D')
    const parameters = isDict(windows) ? this.#document.text(windows.dict.get('P')) : ''
    return `${this.#document.fileName(file)} ${parameters}`.trim().slice(0, LONGEST_DETAIL)
  }
}

/** A link to a page or a mail address, as documents hold them by the hundred. */
function isPlainLink(target: string): boolean {
  return /^(https?:\/\/|mailto:|tel:|www\.|ftp:\/\/|#|$)/i.test(target) || !/^[a-z][a-z0-9+.-]{1,30}:|^\\\\/i.test(target)
}

function keyOf({ within, order }: PdfObject, { at }: PdfDict): string {
  return `${within === undefined ? '' : `${order}/`}${at}`
}
