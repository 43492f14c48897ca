import type { XmlEvent } from '#scanner/formats/xml.ts'
import type { Fact } from './fact.ts'

type Open = Extract<XmlEvent, { kind: 'open' }>

/** Words without which an XML part holds none of the structures below. */
export const STRUCTURE_WORDS = ['smartTag', 'OLEObject', 'customUI', 'cmd']

const LARGEST_ID = 0x7fffffff
const MOST = 50
/** Attributes of a ribbon that name a procedure to call; `onLoad` is called as the document opens. */
const CALLBACK = /^(on|get)[A-Z]\w{1,40}$|^loadImage$/

/**
 * Looks for structures of Office Open XML that a sound document does not hold, or that start something: smart tags whose ranges have
 * numbers that are none, fonts that are opened inside an embedded object, verbs of a slide's timing, callbacks of a ribbon.
 */
export class OfficeStructures {
  readonly #path: string
  readonly #say: (fact: Fact) => void
  readonly #smartTags: string[] = []
  #object: { readonly offset: number; font: { readonly name: string; readonly offset: number } | undefined; after: string } | undefined
  #ribbon = false
  #said = 0

  constructor(path: string, say: (fact: Fact) => void) {
    this.#path = path
    this.#say = say
  }

  take(event: XmlEvent): void {
    if (event.kind === 'close') this.#close(event.name, event.offset)
    else if (event.kind === 'open') this.#open(event)
  }

  #tell(fact: Fact): void {
    if (++this.#said <= MOST) this.#say(fact)
  }

  #open(event: Open): void {
    const { name, attributes, closed, offset } = event
    if (name === 'smartTag') {
      if (!closed && this.#smartTags.length < MOST) this.#smartTags.push(attributes.get('element') ?? '')
    } else if (this.#smartTags.length > 0 && name.endsWith('Start') && attributes.has('displacedByCustomXml')) this.#range(event)
    if (name === 'OLEObject' && !closed) this.#object = { offset, font: undefined, after: '' }
    else if (this.#object) this.#insideObject(event)
    if (name === 'cmd' && attributes.get('type') === 'verb') this.#tell({ kind: 'slide-verb', path: this.#path, offset, verb: attributes.get('cmd') ?? '' })
    if (name === 'customUI') this.#ribbon = true
    if (this.#ribbon)
      for (const [key, callback] of attributes)
        if (CALLBACK.test(key) && callback.includes('!')) this.#tell({ kind: 'ribbon-callback', path: this.#path, offset, event: key, callback })
  }

  #range({ name, attributes, offset }: Open): void {
    const id = Number(attributes.get('id') ?? '')
    if (Number.isInteger(id) && (id > LARGEST_ID || id < 0))
      this.#tell({ kind: 'smart-tag-range', path: this.#path, offset, element: this.#smartTags.at(-1)!, range: name, id })
  }

  #insideObject({ name, attributes, closed, offset }: Open): void {
    const object = this.#object!
    if (name === 'font' && !closed) object.font = { name: attributes.get('name') ?? '', offset }
    else if (object.font) object.after ||= name
  }

  #close(name: string, offset: number): void {
    if (name === 'smartTag') this.#smartTags.pop()
    else if (name === 'font' && this.#object) this.#object.font = undefined
    else if (name === 'OLEObject') {
      const object = this.#object
      this.#object = undefined
      if (object?.font)
        this.#tell({ kind: 'open-font', path: this.#path, offset: object.font.offset, name: object.font.name, after: object.after, closedAt: offset })
    } else if (name === 'customUI') this.#ribbon = false
  }
}
