import type { Fact, FactOf } from '#scanner/intake/fact.ts'
import { EXECUTABLE } from '#scanner/intake/identify.ts'
import type { Finding } from '#scanner/verdict/finding.ts'
import { at, shown, type Evidence } from './evidence.ts'
import { runsByName } from './runs-by-name.ts'

const SCRIPTED = /<script[\s>]|<hta:application|\bon(?:load|error)\s{0,4}=/i
/** Bytes of a page in which a script is looked for. */
const LOOKED_AT = 2 ** 20

/**
 * A program or script in a OneNote section: a double click on its picture runs it. By the bytes of a kept file, or by a name under which one was
 * put in; the format binds the two by tables that a damaged section may lack, so each counts for itself, but a name only where a file is kept.
 */
export const oneNoteFile: Evidence = {
  id: 'onenote-file',
  requires: [
    'a FileDataStoreObject in a OneNote section',
    'its bytes are those of a program, script, link or page with script; or a name of an embedded file makes the system run it',
  ],
  source: 'MS-ONESTORE 2.6.13; MS-ONE 2.2.66; ATT&CK T1204.002',
  judge(facts) {
    const files = facts.filter((fact): fact is FactOf<'onenote-file'> => fact.kind === 'onenote-file')
    const holders = new Set(files.map(({ path }) => path))
    return [
      ...files.filter(runs).map(byBytes),
      ...facts.filter((fact) => isRunName(fact) && holders.has(fact.path)).map((fact) => byName(fact as FactOf<'onenote-name'>)),
    ]
  },
}

function runs({ type, bytes }: FactOf<'onenote-file'>): boolean {
  return EXECUTABLE.has(type) || ((type === 'html' || type === 'xml') && SCRIPTED.test(bytes.toString('latin1', 0, LOOKED_AT)))
}

function isRunName(fact: Fact): boolean {
  return fact.kind === 'onenote-name' && runsByName(fact.name)
}

function byBytes(fact: FactOf<'onenote-file'>): Finding {
  return finding([{ ...at(fact), length: fact.bytes.length, field: 'FileDataStoreObject', value: `${fact.bytes.length} bytes, ${fact.type}` }])
}

function byName(fact: FactOf<'onenote-name'>): Finding {
  return finding([{ ...at(fact), field: 'name of an embedded file', value: shown(fact.name) }])
}

function finding(proof: Finding['proof']): Finding {
  return {
    id: 'onenote-file',
    kind: 'technique',
    severity: 'high',
    summary: 'The OneNote section carries a file that runs when its picture is clicked.',
    attack: ['T1204.002', 'T1027.009'],
    proof,
  }
}
