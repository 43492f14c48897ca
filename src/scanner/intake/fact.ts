import type { ContentType } from './identify.ts'
import type { EquationRecord } from '#scanner/formats/equation.ts'
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
      readonly bytes: Buffer
      readonly type: ContentType
    })
  | (Place & { readonly kind: 'equation'; readonly version: number; readonly record: EquationRecord })
  | (Place & { readonly kind: 'field'; readonly instruction: string })
  | (Place & { readonly kind: 'template'; readonly target: string })
  | (Place & { readonly kind: 'dde-link'; readonly service: string; readonly topic: string })
  | (Place & { readonly kind: 'ole-link'; readonly moniker: string; readonly clsid: string; readonly target: string })
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
      /** The sound of a reminder that a message brings (MS-OXORMDR); undefined where the message does not say. */
      readonly kind: 'mail-reminder'
      readonly file: string
      readonly overrides: boolean | undefined
      readonly plays: boolean | undefined
    })
  | (Place & { readonly kind: 'mail-link'; readonly target: string; readonly text: string })
  | (Place & { readonly kind: 'onenote-file'; readonly type: ContentType; readonly bytes: Buffer })
  | (Place & { readonly kind: 'onenote-name'; readonly name: string })

export type FactKind = Fact['kind']

export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>

/** How an object came out of its container. */
export type PartSource =
  | 'input'
  | 'zip-entry'
  | 'ole-stream'
  | 'rtf-object'
  | 'package'
  | 'powerpoint-object'
  | 'pdf-embedded-file'
  | 'xml-data'
  | 'activemime'
  | 'gzip'
  | 'archive-entry'
  | 'decrypted'
  | 'mail-body'
  | 'mail-attachment'
  | 'web-archive'
  | 'onenote-file'

/** When a PDF action runs: as the document or a page opens, closes, prints or saves; at a person's act; or not known. */
export type PdfTrigger = 'open' | 'page' | 'document' | 'names' | 'user' | 'unknown'
