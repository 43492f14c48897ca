import { RecordingHost } from './host.ts'
import type { Machine } from './machine.ts'
import { Hosted, List, Thing, type Native, type Value } from './objects.ts'
import { show } from './recorder.ts'
import { LongText, type Text } from './text.ts'

/** What the scripts of a document can read of the document itself. */
export interface DocumentTexts {
  readonly info: Readonly<Record<string, string>>
  readonly annotations: readonly Readonly<Record<string, string>>[]
  /** Values of the form's fields. */
  readonly fields: Readonly<Record<string, string>>
}

/** Global objects of Acrobat (JavaScript for Acrobat API Reference, 2007). */
const OBJECTS = new Set(
  'ADBC app Collab color console dbg event FDF FullScreen global identity media Net OCG PlugIn RSS search security SOAP spell style util xfa XFA XMLData'.split(
    ' ',
  ),
)

/** Methods of the document that its scripts call by their bare names. */
const DOC_METHODS = new Set(
  [
    'addAnnot addField addIcon addLink addRecipientListCryptFilter addRequirement addScript addThumbnails addWatermarkFromFile addWeblinks',
    'applyRedactions bringToFront calculateNow closeDoc colorConvertPage createDataObject createTemplate deletePages deleteSound embedDocAsDataObject',
    'exportAsFDF exportAsText exportAsXFDF exportDataObject exportXFAData extractPages flattenPages getAnnot getAnnot3D getAnnots getAnnots3D',
    'getColorConvertAction getDataObject getDataObjectContents getField getIcon getLinks getNthFieldName getNthTemplate getOCGs getPageBox getPageLabel',
    'getPageNthWord getPageNumWords getPageRotation getPrintParams getSound getTemplate getURL gotoNamedDest importAnFDF importAnXFDF importDataObject',
    'importIcon importSound importTextData importXFAData insertPages mailDoc mailForm movePage newPage openDataObject print printSeps removeDataObject',
    'removeField removeIcon removeLinks removeRequirement removeScript removeTemplate removeThumbnails removeWeblinks replacePages resetForm saveAs scroll',
    'selectPageNthWord setAction setDataObjectContents setPageAction setPageLabel setPageRotations setPageTabOrder setPageTransitions spawnPageFromTemplate',
    'submitForm syncAnnotScan newStream dataObjects hostContainer collab bookmarkRoot',
  ]
    .join(' ')
    .split(' '),
)

const DOC_VALUES: Readonly<Record<string, Value>> = {
  numPages: 1,
  pageNum: 0,
  path: '/C/document.pdf',
  URL: 'file:///C|/document.pdf',
  documentFileName: 'document.pdf',
  external: false,
  dirty: false,
  numFields: 0,
  filesize: 4096,
  zoom: 100,
  zoomType: 'NoVary',
  layout: 'SinglePage',
  mouseX: 1,
  mouseY: 1,
  calculate: true,
  delay: false,
}

const VALUES: Readonly<Record<string, Value>> = {
  'app.viewerType': 'Reader',
  'app.viewerVariation': 'Reader',
  'app.platform': 'WIN',
  'app.language': 'ENU',
  'app.numPlugIns': 2,
  'app.formsVersion': 9,
  'app.fs': null,
  'event.value': '',
  'event.change': '',
  'event.name': 'Open',
  'event.type': 'Doc',
  'event.rc': true,
  'event.willCommit': false,
  'xfa.host.appType': 'Reader',
  'xfa.host.name': 'Acrobat',
  'xfa.host.platform': 'WIN',
  'xfa.host.language': 'ENU',
}

/** Callbacks that Acrobat runs for a button or a menu item by itself, to know how to show it. */
const CALLBACKS = ['cEnable', 'cMarked'] as const

/** Acrobat and Reader of one version. */
export class Acrobat extends RecordingHost {
  /** Whether a script asked for the version: it may do something else in another. */
  versionRead = false
  readonly #version: number
  readonly #texts: () => DocumentTexts
  readonly #fields = new Map<string, Hosted>()

  constructor(version: number, texts: () => DocumentTexts) {
    super()
    this.#version = version
    this.#texts = texts
  }

  protected override global(machine: Machine, key: string): Value {
    const { global } = machine
    if (OBJECTS.has(key)) return this.hosted(machine, global, key, key === 'media' ? 'Doc.media' : key)
    if (DOC_METHODS.has(key)) return this.hosted(machine, global, key)
    if (Object.hasOwn(DOC_VALUES, key)) return DOC_VALUES[key]
    if (key === 'info') return this.#info(machine)
    const info = ['title', 'author', 'subject', 'keywords', 'creator', 'producer'].includes(key)
    return info ? machine.get(this.#info(machine), key, 0) : undefined
  }

  #info(machine: Machine): Thing {
    const known = machine.global.members.get('info')
    if (known instanceof Thing) return known
    const info = machine.object()
    for (const [key, value] of Object.entries(this.#texts().info)) info.members.set(key, value).set(key[0]!.toLowerCase() + key.slice(1), value)
    for (const key of ['title', 'author', 'subject', 'keywords', 'creator', 'producer']) if (!info.members.has(key)) info.members.set(key, '')
    machine.global.members.set('info', info)
    return info
  }

  protected override known(machine: Machine, path: string, key: string): Value {
    // Every object has an eval in the old interpreter of Acrobat (JavaScript 1.5): scripts that hide go by it.
    if (key === 'eval') return machine.get(machine.global, key, 0)
    const name = `${path}.${key}`
    if (name === 'app.viewerVersion' || name === 'xfa.host.version') {
      this.versionRead = true
      return name.startsWith('app') ? this.#version : String(this.#version)
    }
    if (name === 'app.plugIns') return this.#plugIns(machine)
    if (name === 'app.doc' || name === 'event.target' || name === 'event.source') return machine.global
    if (name === 'app.activeDocs') return machine.list([machine.global])
    if (name === 'app.media') return this.hosted(machine, machine.get(machine.global, 'app', 0) as Hosted, 'media')
    if (path.startsWith('Doc.getField(') && (key === 'value' || key === 'valueAsString')) return this.#fieldValue(path.slice(13, -1))
    return VALUES[name]
  }

  #plugIns(machine: Machine): Value {
    this.versionRead = true
    const plugIns = ['EScript', 'AcroForm', 'Annots', 'Multimedia'].map((name) => {
      const plugIn = machine.object()
      plugIn.members.set('name', name).set('version', this.#version).set('loaded', true)
      return plugIn
    })
    return machine.list(plugIns)
  }

  protected override answer(machine: Machine, path: string, values: readonly Value[], at: number): Value {
    const work = ANSWERS[path]
    if (work) return work(machine, undefined, values, at)
    if (path === 'app.setTimeOut' || path === 'app.setInterval') this.later(machine, values[0], at)
    else if (path === 'app.addToolButton' || path === 'app.addMenuItem') this.#callbacks(machine, path, values, at)
    else if (path === 'Doc.getAnnots' || path === 'Doc.getAnnot') return this.#annotations(machine, path === 'Doc.getAnnot')
    else if (path === 'Doc.getField') return this.#field(machine, values[0])
    else if (path === 'Doc.addScript') this.later(machine, values[1], at)
    else if (path === 'Doc.setAction' || path === 'Doc.setPageAction' || path.endsWith('.setAction')) this.later(machine, values.at(-1), at)
    return undefined
  }

  #callbacks(machine: Machine, path: string, [given]: readonly Value[], at: number): void {
    if (!(given instanceof Thing)) return
    for (const name of CALLBACKS) {
      const source = machine.get(given, name, at)
      this.later(machine, source, at, { name: `${path}.${name}`, values: [show(given, (steps) => machine.step(steps))] })
    }
  }

  #fieldValue(name: string): string {
    const { fields } = this.#texts()
    return Object.hasOwn(fields, name) ? fields[name]! : ''
  }

  /** The same object for a name each time: scripts keep what they need later in fields. */
  #field(machine: Machine, value: Value): Hosted {
    const name = machine.key(value).slice(0, 80)
    const known = this.#fields.get(name)
    if (known) return known
    machine.spend(256)
    const field = new Hosted(machine.protos.object, `Doc.getField(${name})`)
    this.#fields.set(name, field)
    return field
  }

  #annotations(machine: Machine, one: boolean): Value {
    const made = this.#texts().annotations.map((texts) => {
      const annotation = machine.object()
      for (const [key, text] of Object.entries(texts)) annotation.members.set(key, text)
      return annotation
    })
    return one ? (made[0] ?? null) : machine.list(made)
  }
}

const ANSWERS: Readonly<Record<string, Native>> = {
  'util.printf': (machine, _, [format, ...values]) => printed(machine, machine.text(format), values),
  'util.printd': (_m, _, [format]) => (typeof format === 'string' ? format : '2010-01-01'),
  'util.byteToChar': (machine, _, [code]) => String.fromCharCode(machine.number(code) & 0xff),
  'util.charToByte': (machine, _, [text]) => machine.built(machine.text(text)).charCodeAt(0),
  'util.streamFromString': (_m, _, [text]) => text,
  'util.stringFromStream': (_m, _, [stream]) => stream,
  'SOAP.streamFromString': (_m, _, [text]) => text,
  'SOAP.stringFromStream': (_m, _, [stream]) => stream,
  'SOAP.streamDecode': (machine, _, [stream, encoder]) => decoded(machine, stream, encoder),
  'app.alert': () => 1,
  'app.beep': () => null,
  'Doc.syncAnnotScan': () => null,
  'xfa.host.messageBox': () => 1,
}

/** What `util.printf` gives for texts and numbers without width; a width is what the recorder notes, and pads nothing here. */
function printed(machine: Machine, format: Text, values: readonly Value[]): Text {
  if (format.length > 65_536 || format instanceof LongText) return ''
  let next = 0
  const text = format.replace(/%[,+ #0-9.]{0,16}([dfsx%])/g, (_, kind: string) => {
    if (kind === '%') return '%'
    const value = values[next++]
    if (kind === 's') return machine.built(machine.text(value))
    const number = machine.number(value instanceof List ? 0 : value)
    return kind === 'x' ? (number >>> 0).toString(16) : kind === 'd' ? String(Math.trunc(number)) : number.toFixed(6)
  })
  machine.spend(text.length)
  return text
}

/** A stream decoded from base64 or hexadecimal; a stream is the text that it was made of, at one byte a character. */
function decoded(machine: Machine, stream: Value, encoder: Value): Value {
  if (stream instanceof Thing || stream === undefined || stream === null) return stream
  const text = machine.built(machine.text(stream))
  machine.spend(text.length)
  return Buffer.from(text, encoder === 'hex' ? 'hex' : 'base64').toString('latin1')
}
