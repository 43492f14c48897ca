import type { ArchiveTrick } from '#scanner/formats/archive-names.ts'
import type { ContentType } from './identify.ts'
import type { EquationRecord } from '#scanner/formats/equation.ts'
import type { ShortcutEntry } from '#scanner/formats/internet-shortcut.ts'
import type { PostScriptEvent } from '#scanner/formats/postscript/machine.ts'
import type { ShellLink } from '#scanner/formats/shell-link.ts'
import type { Jbig2 } from '#scanner/formats/jbig2.ts'
import type { Jpx } from '#scanner/formats/jpx.ts'
import type { PdfApart } from '#scanner/formats/pdf.ts'
import type { Prc } from '#scanner/formats/prc.ts'
import type { SingTable } from '#scanner/formats/sfnt.ts'
import type { U3d } from '#scanner/formats/u3d.ts'
import type { Pcode } from '#scanner/formats/vba-pcode.ts'
import type { SheetState } from '#scanner/formats/xlm-workbook.ts'
import type { VbaProtection } from '#scanner/formats/vba-protection.ts'
import type { MonikerKind } from '#scanner/formats/ole-stream.ts'
import type { RtfNumber } from '#scanner/formats/rtf.ts'
import type { BitmapOverrun } from '#scanner/formats/bmp-rle.ts'
import type { Page } from '#scanner/formats/html.ts'
import type { Recorded, Spray } from '#scanner/formats/javascript/recorder.ts'
import type { Terminate } from '#scanner/formats/vbscript-terminate.ts'
import type { OversizedPair } from '#scanner/formats/tiff-pairs.ts'
import type { CursorHeader } from '#scanner/formats/ani.ts'
import type { FlashMovie } from '#scanner/formats/flash/movie.ts'
import type { JpegStrips } from '#scanner/formats/tiff-strips.ts'

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
  | (Place & { readonly kind: 'macro-sheet'; readonly name: string; readonly state: SheetState; readonly autoNames: readonly string[] })
  | (Place & { readonly kind: 'decrypted'; readonly scheme: string; readonly password: 'built-in' | 'given' | 'letter' | 'custom' })
  | (Place & { readonly kind: 'archive-trick'; readonly trick: ArchiveTrick['trick']; readonly detail: string })
  | (Place & PdfStanding & { readonly kind: 'pdf-action'; readonly action: string; readonly trigger: PdfTrigger; readonly detail: string })
  | (Place &
      PdfStanding & {
        /** JavaScript of a PDF, whole up to 4 MiB, whatever starts it. */
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
  | (Place & { readonly kind: 'archive-listing'; readonly names: readonly string[] })
  | (Place & { readonly kind: 'side-stream'; readonly name: string })
  | (Place & { readonly kind: 'odf-script'; readonly event: string; readonly url: string; readonly global: boolean })
  | (Place & { readonly kind: 'odf-link'; readonly element: string; readonly target: string })
  | (Place & {
      /** A `Cobj` block in the state of a common control; `clsid` is that of its storage or in front of it, or empty. */
      readonly kind: 'control-block'
      readonly clsid: string
      readonly statedBytes: number
      readonly repeatedBytes: number
    })
  | (Place & { readonly kind: 'control-class'; readonly clsid: string })
  | (Place & { readonly kind: 'postscript'; readonly event: PostScriptEvent })
  | (Place & { readonly kind: 'shell-link'; readonly link: ShellLink })
  | (Place & { readonly kind: 'internet-shortcut'; readonly entries: readonly ShortcutEntry[] })
  | (Place & {
      /** Names that say what a reader is to do, written with `#xx` for letters that need none. */
      readonly kind: 'pdf-hidden-names'
      readonly names: readonly (Place & { readonly written: string })[]
    })
  | (Place & { readonly kind: 'pdf-attachment'; readonly name: string; readonly type: ContentType; readonly size: number })
  | (Place & {
      /** A link over half of its page or more (`covered` is the share); `pictured`: nothing but pictures is on the page. */
      readonly kind: 'pdf-cover-link'
      readonly target: string
      readonly covered: number
      readonly pictured: boolean
    })
  | (Place & { readonly kind: 'pdf-media'; readonly subtype: string; readonly automatic: boolean })
  | (Place & {
      /** What pages are drawn by, replaced behind the bytes that the last signature covers. */
      readonly kind: 'pdf-shadow'
      readonly signedEnd: number
      readonly replaced: readonly { readonly number: number; readonly offset: number; readonly type: string }[]
    })
  | (Place & { readonly kind: 'pdf-predictor'; readonly predictor: number; readonly colors: number; readonly bits: number; readonly columns: number })
  | (Place & { readonly kind: 'font-matrix'; readonly font: boolean; readonly index: number; readonly text: string })
  | (Place & { readonly kind: 'sing-table'; readonly sing: SingTable })
  | (Place & { readonly kind: 'jbig2'; readonly jbig2: Jbig2 })
  | (Place & { readonly kind: 'jpx'; readonly jpx: Jpx })
  | (Place & { readonly kind: 'u3d'; readonly u3d: U3d })
  | (Place & { readonly kind: 'prc'; readonly prc: Prc })
  | (Place & {
      /** What the scripts of one document did to the objects of the program that runs them; `at` in a call is characters of its script. */
      readonly kind: 'script-run'
      readonly calls: readonly (Place & { readonly call: Recorded })[]
      readonly spray: Spray
    })
  /** What a page, or a script file, runs and where it leads. */
  | (Place & { readonly kind: 'page'; readonly page: Page })
  | (Place & { readonly kind: 'vbscript-terminate'; readonly found: Terminate })
  /** A picture in an XFA packet: the element that holds it, and where its base64 begins, in characters. */
  | (Place & { readonly kind: 'xfa-tiff'; readonly image: string; readonly at: number; readonly pair: OversizedPair })
  | (Place & { readonly kind: 'xfa-bitmap'; readonly image: string; readonly at: number; readonly overrun: BitmapOverrun })
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
  /** A verb that the timing of a slide has an object carry out by itself. */
  | (Place & { readonly kind: 'slide-verb'; readonly verb: string })
  /** A procedure that a ribbon calls and that stands in a named document (`document!procedure`). */
  | (Place & { readonly kind: 'ribbon-callback'; readonly event: string; readonly callback: string })
  /** A range that custom XML displaces inside a smart tag, with a number that no range has. */
  | (Place & { readonly kind: 'smart-tag-range'; readonly element: string; readonly range: string; readonly id: number })
  /** A font that is opened inside an embedded object and still open where that ends; `after` is the first element in it. */
  | (Place & { readonly kind: 'open-font'; readonly name: string; readonly after: string; readonly closedAt: number })
  /** Native data of an object that are a path: class of the storage, label, file. */
  | (Place & { readonly kind: 'native-path'; readonly clsid: string; readonly label: string; readonly file: string })
  | (Place & { readonly kind: 'smart-tag-pointer'; readonly pointer: number })
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
  | (Place & { readonly kind: 'cursor-headers'; readonly headers: readonly CursorHeader[] })
  | (Place & { readonly kind: 'tiff-strips'; readonly strips: JpegStrips })
  /** A segment of a JPEG shorter than its own length field, at that field. */
  | (Place & { readonly kind: 'jpeg-segment'; readonly marker: number; readonly length: number })
  /** An escape record of a metafile whose function calls back into the program, and the bytes that are in it. */
  | (Place & { readonly kind: 'metafile-escape'; readonly asked: number; readonly placeable: boolean; readonly bytes: number })
  | (Place & { readonly kind: 'flash'; readonly movie: FlashMovie })
  | (Place & {
      /** A web query: of a file of its own, or among the connections of a workbook. `automatic`: fetched without asking for it. */
      readonly kind: 'web-query'
      readonly url: string
      readonly post: string
      readonly automatic: boolean
      readonly file: boolean
    })
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
  | 'xfa-image'
  | 'activemime'
  | 'gzip'
  | 'bzip2'
  | 'xz'
  | 'zstd'
  | 'archive-entry'
  | 'decrypted'
  | 'appended'
  | 'mail-body'
  | 'mail-attachment'
  | 'web-archive'
  | 'onenote-file'
  | 'metafile'
  | 'office-picture'
  | 'flash-control'
  | 'flash-data'

/** How an object of a PDF stands beside the document as its newest versions make it; nothing where it is part of that. */
export interface PdfStanding {
  readonly apart?: PdfApart
}

/** When a PDF action runs: as the document or a page opens, closes, prints or saves; at a person's act; or not known. */
export type PdfTrigger = 'open' | 'page' | 'document' | 'names' | 'user' | 'unknown'
