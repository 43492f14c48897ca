import { openCfb } from '#scanner/formats/cfb.ts'
import { readOdfLocks, unlockOdf } from '#scanner/formats/odf-encryption.ts'
import { openPackage } from '#scanner/formats/offcrypto/package.ts'
import { isEncryptedPresentation, openPresentation } from '#scanner/formats/offcrypto/presentation.ts'
import { isEncryptedWord, openWord } from '#scanner/formats/offcrypto/word.ts'
import { findFilePass, openWorkbook } from '#scanner/formats/offcrypto/workbook.ts'
import { Budget } from '#scanner/intake/limits.ts'
import { buildAgile, buildPresentation, buildStandard, buildWord, buildWorkbook, type StreamScheme } from '#test/harness/documents/encrypted.ts'
import { joined, outcome, parted, type Target } from '../target.ts'

const PASSWORD = 'a'
const SCHEMES: readonly StreamScheme[] = ['xor', 'rc4', 'rc4-40', 'rc4-128']

/** The streams with these names of a built document, as one input. */
function streams(file: Buffer, ...names: readonly string[]): Buffer {
  const cfb = openCfb(file, new Budget())
  return joined(...names.map((name) => cfb.read(cfb.entries.find((entry) => entry.name === name)!)))
}

function wordHead(): Buffer {
  const head = Buffer.alloc(0x200)
  head.writeUInt16LE(0xa5ec, 0)
  return head
}

const MANIFEST =
  '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data manifest:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k" manifest:checksum="AAAA">' +
  '<manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="AAAAAAAAAAAAAAAAAAAAAA=="/>' +
  '<manifest:key-derivation manifest:key-derivation-name="PBKDF2" manifest:key-size="32" manifest:iteration-count="100" manifest:salt="AAAAAAAAAAAAAAAAAAAAAA=="/></manifest:encryption-data></manifest:file-entry>'

export const ENCRYPTION: readonly Target[] = [
  {
    name: 'formats/offcrypto/package.ts',
    read: (bytes, budget) => {
      const [info, sealed] = parted(bytes, 2)
      return openPackage(info, sealed, [PASSWORD], budget)
    },
    seeds: () =>
      [
        buildAgile(Buffer.alloc(40, 7), PASSWORD, { rounds: 10 }),
        buildAgile(Buffer.alloc(40, 7), PASSWORD, { bits: 128, hash: 'SHA1', rounds: 10, mode: 'CFB' }),
        buildStandard(Buffer.alloc(40, 7), PASSWORD),
      ].map((file) => streams(file, 'EncryptionInfo', 'EncryptedPackage')),
  },
  {
    name: 'formats/offcrypto/workbook.ts',
    read: (bytes, budget) => [findFilePass(bytes, budget), openWorkbook(bytes, [PASSWORD], budget)],
    seeds: () => SCHEMES.map((scheme) => streams(buildWorkbook([[0x3c, Buffer.alloc(30, 9)]], PASSWORD, scheme), 'Workbook')),
  },
  {
    name: 'formats/offcrypto/word.ts',
    read: (bytes, budget) => {
      const [document, table] = parted(bytes, 2)
      return [outcome(() => isEncryptedWord(document)), openWord({ document, tables: [table, undefined], data: table }, [PASSWORD], budget)]
    },
    seeds: () => SCHEMES.map((scheme) => streams(buildWord(wordHead(), Buffer.alloc(200), PASSWORD, scheme), 'WordDocument', '0Table')),
  },
  {
    name: 'formats/offcrypto/presentation.ts',
    read: (bytes, budget) => {
      const [currentUser, document] = parted(bytes, 2)
      return [outcome(() => isEncryptedPresentation(currentUser)), openPresentation({ document, currentUser }, [PASSWORD], budget)]
    },
    seeds: () => [streams(buildPresentation([Buffer.from('0f00e803000000000f', 'hex')], PASSWORD), 'Current User', 'PowerPoint Document')],
  },
  {
    name: 'formats/odf-encryption.ts',
    read: (bytes, budget) => {
      const [manifest, sealed] = parted(bytes, 2)
      return [...readOdfLocks(manifest.toString('latin1'), budget)].map(([path, lock]) => [path, outcome(() => unlockOdf(sealed, lock, [PASSWORD], budget))])
    },
    seeds: () => [joined(Buffer.from(MANIFEST), Buffer.alloc(64, 5))],
  },
]
