import { type Budget, upToLimit, type LimitName } from '#scanner/intake/limits.ts'
import { walkXml, type XmlEvent } from './xml.ts'

/** What a packet of an XFA form holds besides its layout. Offsets are characters of the packet. */
export interface XfaPacket {
  /** JavaScript of events and calculations; FormCalc, the default language, cannot do what is looked for and is left out. */
  readonly scripts: readonly { readonly offset: number; readonly source: string }[]
  /** Pictures kept as base64, in the template or in the data of an image field. */
  readonly images: readonly XfaImage[]
  /** The limit past which something was left out. */
  readonly cut: LimitName | undefined
}

/** A picture: where its base64 begins, how many characters that is, and in which element. */
export interface XfaImage {
  readonly offset: number
  readonly length: number
  readonly name: string
  readonly bytes: Buffer
}

const MOST_SCRIPTS = 500
const MOST_IMAGES = 200
/** Base64 of the first bytes of TIFF (both orders), BMP with a file size below 2^24, JPEG, PNG, GIF and JPEG 2000. */
const PICTURES = /^\s{0,64}(?:SUkqA|TU0AK|Qk[0-9A-Za-z+/]|\/9j\/|iVBORw0|R0lGOD|AAAADGpQ)/

/** Reads scripts and pictures of a packet (XFA 3.3, `script` and `image`; data of image fields carry `xfa:contentType`). Throws LimitReached. */
export function readXfa(text: string, budget: Budget): XfaPacket {
  const reader = new XfaReader(budget)
  const cut = upToLimit(() => {
    for (const event of walkXml(text, budget)) reader.take(event)
  })
  reader.end()
  reader.cut ??= cut
  return reader
}

class XfaReader implements XfaPacket {
  readonly scripts: { offset: number; source: string }[] = []
  readonly images: XfaImage[] = []
  cut: LimitName | undefined
  readonly #budget: Budget
  /** The element whose text is being gathered. */
  #open: { readonly name: string; readonly type: string } | undefined
  #offset = 0
  #pieces: string[] = []

  constructor(budget: Budget) {
    this.#budget = budget
  }

  take(event: XmlEvent): void {
    if (event.kind === 'text') {
      if (this.#pieces.length === 0) this.#offset = event.offset
      this.#pieces.push(event.text)
      return
    }
    this.end()
    if (event.kind === 'open' && !event.closed) this.#open = { name: event.name, type: (event.attributes.get('contentType') ?? '').toLowerCase() }
  }

  /** What was gathered since the last tag. */
  end(): void {
    const text = this.#pieces.join('')
    const open = this.#open
    this.#pieces = []
    this.#open = undefined
    if (!open || text.length === 0) return
    if (open.name === 'script' && open.type.includes('javascript')) {
      if (this.scripts.length < MOST_SCRIPTS) this.scripts.push({ offset: this.#offset, source: text })
      else this.cut ??= 'objects'
    } else if (text.length >= 16 && (open.type.startsWith('image/') || open.name === 'image' || PICTURES.test(text.slice(0, 80)))) this.#image(open.name, text)
  }

  #image(name: string, text: string): void {
    if (this.images.length >= MOST_IMAGES) {
      this.cut ??= 'objects'
      return
    }
    const bytes = Buffer.from(text, 'base64')
    const over = upToLimit(() => this.#budget.takeBytes(bytes.length))
    this.cut ??= over
    if (!over && bytes.length > 0) this.images.push({ offset: this.#offset, length: text.length, name, bytes })
  }
}
