import type { Finding } from '#scanner/verdict/finding.ts'
import { at, type Evidence } from './evidence.ts'
import type { Fact } from '#scanner/intake/fact.ts'

const ID = 'ole-class'

interface Rule {
  readonly titles: readonly string[]
  readonly candidates: readonly string[]
  readonly why: string
  readonly summary: string
}

function loadsLibrary(title: string, candidate: string): Rule {
  return {
    titles: [title],
    candidates: [candidate],
    why: 'the class is embedded; the library that it loads lies beside the document, not in it',
    summary: `The document embeds a class that loads a library from beside the document (${title}).`,
  }
}

/** All titles of a rule have to be in the document. What would name the CVE is not public, or is not in the document: `why` says so. */
const RULES: readonly Rule[] = [
  {
    titles: ['ADODB.Recordset', 'MSScriptControl.ScriptControl'],
    candidates: ['CVE-2015-0097'],
    why: 'both classes of the exploit are embedded; the script that writes the file through them was not seen at work',
    summary: 'The document embeds a database record set and a script engine.',
  },
  {
    titles: ['Control.TaskSymbol'],
    candidates: ['CVE-2015-1642', 'CVE-2015-2424'],
    why: 'the class is embedded; it corrupts memory by being loaded, and its state tells the two CVEs not apart',
    summary: 'The document embeds a control that no document needs (Control.TaskSymbol).',
  },
  {
    titles: ['MMC.IconControl'],
    candidates: ['CVE-2015-2424'],
    why: 'the class is embedded; it corrupts memory by being loaded, which its state does not show',
    summary: 'The document embeds a control that no document needs (MMC.IconControl).',
  },
  ...['osf.Sandbox', 'osf.SandboxManager', 'osf.SandboxContent'].map((title) => ({
    titles: [title],
    candidates: ['CVE-2015-1770'],
    why: 'the class is embedded; it uses memory that was never set by being loaded, which its state does not show',
    summary: `The document embeds a control that no document needs (${title}).`,
  })),
  ...[
    ...['FormRegionContext', 'FormRegionAddin', 'InspectorContext', 'RoomsCTP', 'ButtonBar', 'PlayOnPhoneDlg', 'UmEvmCtrl'].map(
      (name) => `UmOutlookAddin.${name}`,
    ),
    'BCSAddin.Connect',
    'BCSAddin.ManageSolutionHelper',
    'Microsoft.VbaAddin',
  ].map((title) => loadsLibrary(title, 'CVE-2016-0042')),
  ...['class of wuaext.dll', 'second class of wuaext.dll', 'class of elsext.dll', 'second class of elsext.dll', 'class of oci.dll', 'class of mqrt.dll'].map(
    (title) => loadsLibrary(title, 'CVE-2015-6128'),
  ),
  {
    titles: ['otkloadr.WRAssembly'],
    candidates: ['CVE-2015-1641'],
    why: 'the class only brings a library to a known address; the confused smart tag was not seen',
    summary: 'The document embeds a class that brings a library to a known address (otkloadr).',
  },
  {
    titles: ['otkloadr.WRLoader'],
    candidates: ['CVE-2015-1641'],
    why: 'the class only brings a library to a known address; the confused smart tag was not seen',
    summary: 'The document embeds a class that brings a library to a known address (otkloadr).',
  },
]

/** Classes that exploits embed and documents do not need. A class proves no vulnerability: each lists its candidates, and why it is none. */
export const oleClass: Evidence = {
  id: ID,
  candidates: [...new Set(RULES.flatMap(({ candidates }) => candidates))].toSorted(),
  requires: ['an embedded object of a listed class, by class id or by the name that its data carry'],
  source: 'oletools clsid.py (version 0.60.2); public advisories of the classes; scanner design, section 6',
  judge: (facts) => RULES.flatMap((rule) => judge(rule, facts)),
}

function judge({ titles, candidates, why, summary }: Rule, facts: readonly Fact[]): Finding[] {
  const found = titles.map((title) => facts.find((fact) => fact.kind === 'ole-class' && fact.title === title))
  if (!found.every((fact) => fact?.kind === 'ole-class')) return []
  const proof = found.map((fact) => ({ ...at(fact), field: `class by ${fact.by}`, value: `${fact.title} ${fact.clsid}` }))
  return candidates.map((id) => ({ id: ID, kind: 'technique', severity: 'medium', summary, attack: ['T1559.001'], candidate: { id, why }, proof }))
}
