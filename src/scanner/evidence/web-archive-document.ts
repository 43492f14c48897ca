import type { Finding } from '#scanner/verdict/finding.ts'
import { at, type Evidence } from './evidence.ts'

/**
 * An Office document saved as a web archive whose macros are in an ActiveMime part: programs that look at the archive alone see no document. Only
 * one with a VBA project counts; pictures and objects are kept so as well.
 */
export const webArchiveDocument: Evidence = {
  id: 'web-archive-document',
  requires: ['a part of a web archive (MHTML) that is ActiveMime', 'a VBA project inside it'],
  source: 'RFC 2557; MS-OVBA; ATT&CK T1027.006',
  judge(facts) {
    const projects = facts.filter(({ kind }) => kind === 'vba-project')
    return facts.flatMap((fact): Finding[] => {
      if (fact.kind !== 'part' || fact.type !== 'activemime' || fact.via !== 'web-archive') return []
      if (!projects.some(({ path }) => path.startsWith(`${fact.path}!/`))) return []
      return [
        {
          id: 'web-archive-document',
          kind: 'technique',
          severity: 'medium',
          summary: 'A web archive hides the macros of an Office document in one of its parts.',
          attack: ['T1027.006'],
          proof: [{ ...at(fact), length: fact.bytes.length, field: 'part of the web archive', value: 'ActiveMime with a VBA project' }],
        },
      ]
    })
  },
}
