import type { ContentType } from './identify.ts'
import type { EquationRecord } from '#scanner/formats/equation.ts'
import type { Pcode } from '#scanner/formats/vba-pcode.ts'
import type { SheetState } from '#scanner/formats/xlm-workbook.ts'
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
  | (Place & { readonly kind: 'macro-sheet'; readonly name: string; readonly state: SheetState; readonly autoNames: readonly string[] })
  | (Place & { readonly kind: 'pdf-action'; readonly action: string; readonly trigger: PdfTrigger; readonly detail: string })
  | (Place & { readonly kind: 'polyglot'; readonly types: readonly ContentType[] })
  | (Place & {
      readonly kind: 'macro-call'
      readonly name: string
      readonly args: readonly string[]
      readonly cell: string
      /** True where running from a name that starts by itself came to it. */
      readonly reached: boolean
    })
  | (Place & { readonly kind: 'macro-writes'; readonly formulas: readonly string[] })
  | (Place & { readonly kind: 'feature-header'; readonly feature: number; readonly statedBytes: number })

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

/** When a PDF action runs: as the document or a page opens, closes, prints or saves; at a person's act; or not known. */
export type PdfTrigger = 'open' | 'page' | 'document' | 'names' | 'user' | 'unknown'
