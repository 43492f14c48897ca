import type { ContentType } from './identify.ts'
import type { EquationRecord } from '#scanner/formats/equation.ts'
import type { MonikerKind } from '#scanner/formats/ole-stream.ts'
import type { RtfNumber } from '#scanner/formats/rtf.ts'
import type { Pcode } from '#scanner/formats/vba-pcode.ts'
import type { VbaProtection } from '#scanner/formats/vba-protection.ts'

/** Where something stands: the path through the containers, and the byte offset in that object. */
export interface Place {
  readonly path: string
  readonly offset?: number
}

/**
 * What the readers report of a document, before anybody judges it. Evidence (one file each, scanner/evidence) turns
 * facts into findings; a fact itself accuses nobody.
 */
export type Fact =
  | (Place & { readonly kind: 'part'; readonly type: ContentType; readonly bytes: Buffer; readonly via: PartSource; readonly name: string })
  | (Place & {
      readonly kind: 'vba-project'
      readonly modules: readonly {
        readonly name: string
        readonly path: string
        readonly offset: number
        readonly source: string
        readonly pcode?: Pcode
      }[]
      /** Texts that the controls of its forms keep. */
      readonly forms: readonly { readonly path: string; readonly texts: readonly string[] }[]
      readonly protection: VbaProtection
    })
  | (Place & { readonly kind: 'relationship'; readonly type: string; readonly target: string; readonly external: boolean; readonly id: string })
  | (Place & {
      readonly kind: 'package'
      readonly label: string
      readonly file: string
      readonly temporary: string
      /** Only a path: the file lies where `file` says. */
      readonly linked: boolean
      readonly bytes: Buffer
      readonly type: ContentType
    })
  | (Place & { readonly kind: 'equation'; readonly version: number; readonly record: EquationRecord })
  | (Place & { readonly kind: 'field'; readonly instruction: string })
  | (Place & { readonly kind: 'template'; readonly target: string })
  | (Place & { readonly kind: 'dde-link'; readonly service: string; readonly topic: string })
  | (Place & {
      /** A moniker of a link, or a link of OLE 1.0 (`ole1`, with its class name in `className`). */
      readonly kind: 'ole-link'
      readonly moniker: MonikerKind | 'ole1'
      readonly clsid: string
      readonly target: string
      /** Class of the storage that the link stands in. */
      readonly homeClass?: string
      readonly className?: string
      /** The link itself asks to be updated when the document is opened. */
      readonly automatic: boolean
    })
  | (Place & { readonly kind: 'macro-sheet'; readonly name: string; readonly hidden: boolean; readonly autoNames: readonly string[] })
  | (Place & { readonly kind: 'pdf-action'; readonly action: string; readonly trigger: PdfTrigger; readonly detail: string })
  | (Place & {
      /** JavaScript of a PDF, whole up to 1 MiB, whatever starts it. */
      readonly kind: 'pdf-javascript'
      readonly trigger: PdfTrigger
      readonly source: string
    })
  | (Place & {
      /** One packet of the XFA resource of a PDF form, unpacked; a resource of one stream is the packet `xdp`. */
      readonly kind: 'xfa'
      readonly packet: string
      readonly bytes: Buffer
    })
  | (Place & { readonly kind: 'polyglot'; readonly types: readonly ContentType[] })
  | (Place & {
      /** An embedded object or control of a class to look at. */
      readonly kind: 'ole-class'
      readonly clsid: string
      readonly title: string
      readonly by: 'class id' | 'name'
      /** The streams of its storage, one behind the other, as far as they are short; none for a class that is only named. */
      readonly state?: Buffer
    })
  | (Place & {
      /** An object of an RTF: what its group says of it, and the class that its own data name. */
      readonly kind: 'rtf-object'
      readonly objectClass: string
      readonly dataClass: string
      readonly update: boolean
      readonly autoLink: boolean
    })
  | (Place & { readonly kind: 'rtf-number'; readonly word: RtfNumber['word']; readonly value: number })
  | (Place & { readonly kind: 'rtf-property'; readonly name: string; readonly text: string; readonly length: number })
  | (Place & { readonly kind: 'rtf-overlay'; readonly length: number; readonly type: ContentType })

export type FactKind = Fact['kind']

export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>

/** How an object came out of its container. */
export type PartSource =
  | 'input'
  | 'zip-entry'
  | 'ole-stream'
  | 'rtf-object'
  | 'rtf-overlay'
  | 'rtf-picture'
  | 'package'
  | 'powerpoint-object'
  | 'pdf-embedded-file'
  | 'xml-data'
  | 'activemime'
  | 'gzip'
  | 'archive-entry'
  | 'decrypted'

/** When a PDF action runs: as the document or a page opens, closes, prints or saves; at a person's act; or not known. */
export type PdfTrigger = 'open' | 'page' | 'document' | 'names' | 'user' | 'unknown'
