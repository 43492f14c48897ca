import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isCfb, openCfb } from '#scanner/formats/cfb.ts'
import { readVbaProjects, type VbaProject } from '#scanner/formats/vba.ts'
import { openZip } from '#scanner/formats/zip.ts'
import { Budget, Damaged } from '#scanner/intake/limits.ts'
import { CORPORA, haveCorpora, unlessThere } from './corpora.ts'

const FOLDER = join(CORPORA, 'yara-x')

/** The bytes of an Intel HEX text that stands in a ZIP: records of type 0, in their order. */
function readPair(kind: string, name: string): { bytes: Buffer; expected: string } {
  const folder = join(FOLDER, kind, 'tests/testdata')
  const zip = openZip(readFileSync(join(folder, `${name}.in.zip`)), new Budget())
  const records = zip
    .read(zip.entries[0]!)
    .toString('latin1')
    .split(/\r?\n/)
    .filter((line) => line.startsWith(':'))
    .map((line) => Buffer.from(line.slice(1), 'hex'))
  const bytes = Buffer.concat(records.filter((record) => record[3] === 0).map((record) => record.subarray(4, 4 + record[0]!)))
  return { bytes, expected: readFileSync(join(folder, `${name}.out`), 'utf8').trimEnd() }
}

function pairsOf(kind: string): string[] {
  if (!haveCorpora) return []
  return readdirSync(join(FOLDER, kind, 'tests/testdata')).flatMap((name) => (name.endsWith('.in.zip') ? [name.slice(0, -7)] : []))
}

/** What the reader knows of a compound file, as the pair writes it: root and streams, names without control characters. */
function olecfFields(bytes: Buffer): string {
  try {
    const streams = openCfb(bytes, new Budget()).entries.filter(({ kind }) => kind !== 'storage')
    // oxlint-disable-next-line no-control-regex -- the pair leaves them out
    const plain = (name: string) => name.replace(/[\u0000-\u001f]/g, '')
    return [
      'is_olecf: true',
      'streams:',
      ...streams.flatMap(({ name, kind, size }) => [`  - name: "${plain(name)}"`, `    type: ${kind.toUpperCase()}`, `    size: ${size}`]),
    ].join('\n')
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    return 'is_olecf: false'
  }
}

/** What the reader knows of the first VBA project, as the pair writes it. */
function vbaFields(bytes: Buffer): string {
  const project = projectsOf(bytes)[0]
  const directory = project?.directory
  if (!directory) return 'has_macros: false'
  return [
    'has_macros: true',
    'modules:',
    ...project.modules.flatMap(({ name, kind, source }) => [
      `  - name: "${name}"`,
      `    type: ${kind === 'procedural' ? 'MODULE_TYPE_STANDARD' : 'MODULE_TYPE_CLASS'}`,
      '    code: |',
      ...source.split(/\r?\n/).map((line) => `        ${line}`),
    ]),
    'project_info:',
    `    name: "${directory.name}"`,
    `    version: "${directory.version}"`,
    '    references:',
    ...directory.references.map((name) => `      - "${name}"`),
    `    module_count: ${directory.modules.length}`,
  ].join('\n')
}

function projectsOf(bytes: Buffer): VbaProject[] {
  if (isCfb(bytes)) return readVbaProjects(openCfb(bytes, new Budget()), new Budget())
  const zip = openZip(bytes, new Budget())
  return zip.entries.filter(({ name }) => name.endsWith('vbaProject.bin')).flatMap((entry) => projectsOf(zip.read(entry)))
}

describe.skipIf(!haveCorpora)(`what the readers know agrees with the pairs of yara-x${unlessThere}`, () => {
  it.each(pairsOf('olecf'))('the compound file %s', (name) => {
    const { bytes, expected } = readPair('olecf', name)
    expect(olecfFields(bytes)).toBe(expected)
  })

  it.each(pairsOf('vba'))('the VBA project %s', (name) => {
    const { bytes, expected } = readPair('vba', name)
    expect(vbaFields(bytes)).toBe(expected)
  })
})
