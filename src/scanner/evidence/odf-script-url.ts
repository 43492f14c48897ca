import type { FactOf } from '#scanner/intake/fact.ts'
import { readScriptUrl, type ScriptUrl } from '#scanner/formats/odf.ts'
import { at, shown, type Judged } from './evidence.ts'

type Script = FactOf<'odf-script'>

/** An exploit by the script that an event is bound to. */
export function named(fact: Script, { cve, confidence, summary }: { cve: string; confidence: number; summary: string }): Judged {
  const proof = [{ ...at(fact), field: `script bound to ${shown(fact.event)}`, value: shown(fact.url) }]
  return { kind: 'exploit', confidence, severity: 'high', summary, attack: ['T1203'], cve, proof }
}

/** The names of a script that the office installs and that runs what the document says. */
export function isLibreLogo(path: string): boolean {
  return /^(.{0,40}[/|])?librelogo[/|]librelogo\.py\$(run|__\w{1,40})/i.test(path)
}

/** The URL of a Python script that the office or the user installed; undefined for any other. */
export function ofPython(fact: Script): ScriptUrl | undefined {
  const url = readScriptUrl(fact.url)
  return url && url.language === 'python' && url.location !== 'document' ? url : undefined
}
