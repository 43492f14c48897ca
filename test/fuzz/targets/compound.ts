import { openCfb, type Cfb } from '#scanner/formats/cfb.ts'
import { classInFront, readControlBlocks } from '#scanner/formats/common-controls.ts'
import { readEquation } from '#scanner/formats/equation.ts'
import { readMsg } from '#scanner/formats/msg.ts'
import { compObjClass, readOleStream } from '#scanner/formats/ole-stream.ts'
import { readOle1, readPackage } from '#scanner/formats/ole1.ts'
import { unpackVba } from '#scanner/formats/ovba.ts'
import { readVbaDirectory } from '#scanner/formats/vba-directory.ts'
import { readPcodeProject } from '#scanner/formats/vba-names.ts'
import { readPcode } from '#scanner/formats/vba-pcode.ts'
import { readVbaProjects } from '#scanner/formats/vba.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { buildCfb, buildOle1, buildPackage, buildVba, fontRecord, matrixRecord, nativeStream, packVba } from '#test/harness/documents.ts'
import { listState, LIST_VIEW } from '#test/harness/documents/controls.ts'
import { buildMsg, reminder } from '#test/harness/documents/mail.ts'
import { compositeMoniker, fileMoniker, newMoniker, ole1Link, oleStream, scriptMoniker, urlMoniker } from '#test/harness/documents/ole-links.ts'
import { buildVbaProject } from '#test/harness/documents/vba.ts'
import { joined, latin, outcome, parted, whole, type Target } from '../target.ts'

const SOURCE = 'Sub Document_Open()\r\n  Shell "calc"\r\nEnd Sub\r\n'
const PROJECT = () => buildVbaProject([{ name: 'ThisDocument', source: SOURCE, pcode: [{ procedure: 'AutoOpen' }, { text: 'calc', call: 'Shell' }] }])

/** The stream of this name in a compound file. */
function streamOf(name: string, cfb: Cfb): Buffer {
  return cfb.read(cfb.entries.find((entry) => entry.name === name)!)
}

export const COMPOUND: readonly Target[] = [
  {
    name: 'formats/cfb.ts',
    read: (bytes, budget) => {
      const cfb = openCfb(bytes, budget)
      const contents = cfb.entries.map((entry) => [cfb.offsetOf(entry), cfb.find(entry.path)?.id, entry.kind === 'stream' && outcome(() => cfb.read(entry))])
      return { contents, entries: cfb.entries, damage: cfb.damage }
    },
    seeds: () => [buildCfb([{ path: ['a', 'b'], bytes: Buffer.alloc(100, 1) }]), buildCfb([{ path: ['Big'], bytes: Buffer.alloc(4200, 2) }])],
  },
  {
    name: 'formats/ole1.ts',
    read: (bytes) => [readOle1, readPackage].map((read) => outcome(() => read(bytes))),
    seeds: () => [
      buildOle1('Equation.3', Buffer.alloc(20, 7)),
      ole1Link('htmlfile', 'http://host.example/', 'item'),
      buildPackage('a.exe', Buffer.from('MZ inert')),
      nativeStream(buildPackage('a.exe', Buffer.from('MZ'))).subarray(4),
    ],
  },
  {
    name: 'formats/ole-stream.ts',
    read: (bytes) => [readOleStream, compObjClass].map((read) => outcome(() => read(bytes))),
    seeds: () => [
      oleStream(compositeMoniker(fileMoniker('C:\\a.sct', 'C:\\ä.sct'), newMoniker())),
      oleStream(urlMoniker('http://host.example/'), 1),
      oleStream(scriptMoniker('script:a')),
    ],
  },
  {
    name: 'formats/common-controls.ts',
    read: (bytes, budget) => [classInFront(bytes), readControlBlocks(bytes, budget)],
    seeds: () => [Buffer.concat([Buffer.from(LIST_VIEW, 'hex'), listState(8, 0x8282)])],
  },
  {
    name: 'formats/equation.ts',
    read: (bytes, budget) => readEquation(bytes, budget),
    seeds: (documents) => [
      ...documents.streams('Equation Native'),
      Buffer.concat([Buffer.alloc(28, 28), Buffer.from('0301010300', 'hex'), fontRecord(Buffer.alloc(8, 65)), matrixRecord(40, 2)]),
    ],
  },
  {
    name: 'formats/ovba.ts',
    read: (bytes, budget) => unpackVba(bytes, budget),
    seeds: (documents) => [packVba(Buffer.from(SOURCE)), ...documents.streams('dir')],
  },
  {
    name: 'formats/vba-directory.ts',
    read: (bytes, budget) => readVbaDirectory(bytes, budget),
    seeds: (documents) => documents.streams('dir').map((dir) => unpackVba(dir, new Budget())),
  },
  {
    name: 'formats/vba-names.ts',
    read: (bytes, budget) => ({ ...readPcodeProject(bytes, { wide: (bytes.at(-1) ?? 0) % 2 === 1, decode: latin }, budget), decode: undefined }),
    seeds: () => [streamOf('_VBA_PROJECT', openCfb(PROJECT(), new Budget()))],
  },
  {
    name: 'formats/vba-pcode.ts',
    read: (bytes, budget) => {
      const [project, cache] = parted(bytes, 2)
      return readPcode(cache, readPcodeProject(project, { wide: false, decode: latin }, budget), budget)
    },
    seeds: () => {
      const cfb = openCfb(PROJECT(), new Budget())
      return [joined(streamOf('_VBA_PROJECT', cfb), streamOf('ThisDocument', cfb))]
    },
  },
  {
    name: 'formats/vba.ts',
    read: (bytes, budget) => readVbaProjects(openCfb(bytes, budget), budget),
    seeds: () => [PROJECT(), buildVba({ ThisDocument: SOURCE })],
  },
  {
    name: 'formats/msg.ts',
    read: (bytes, budget) => whole(readMsg(openCfb(bytes, budget), budget)),
    seeds: () => [
      buildMsg({ properties: reminder('\\\\host.example\\a.wav', true) }),
      buildMsg({ attachments: [{ name: 'a', message: { attachments: [{ name: 'b', bytes: Buffer.from('b') }] } }] }),
    ],
  },
]
