import { perFact, shown } from './evidence.ts'
import { entryOf, remoteFile } from './link-target.ts'

/** An Internet shortcut that starts a file of another host, or something other than a page. One to a page is a note. */
export const internetShortcut = perFact(
  {
    id: 'internet-shortcut',
    candidates: ['CVE-2024-21412'],
    requires: ['an Internet shortcut whose URL is a file of another host, or a script, or a protocol that starts a program'],
    source: 'ATT&CK T1204.002; Microsoft advisory for CVE-2024-21412',
  },
  'internet-shortcut',
  (fact) => {
    const url = entryOf(fact, 'url')
    if (!url || url.value === '') return undefined
    const proof = [{ path: fact.path, offset: url.offset, field: 'URL', value: shown(url.value) }]
    const remote = remoteFile(url.value)
    const again = remote && /\.url$/i.test(remote.path)
    if (remote || /^(?:javascript|vbscript|ms-msdt|search-ms|ms-officecmd|mhtml|shell):/i.test(url.value))
      return {
        kind: 'technique',
        severity: 'high',
        summary: remote ? 'An Internet shortcut starts a file of another host.' : 'An Internet shortcut starts a script or a program.',
        attack: ['T1204.002'],
        ...(again && { candidate: { id: 'CVE-2024-21412', why: 'the shortcut that it leads to has to start a program, and was not fetched' } }),
        proof,
      }
    return { kind: 'note', severity: 'info', summary: 'An Internet shortcut leads to an address.', attack: [], proof }
  },
)
