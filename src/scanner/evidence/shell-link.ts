import { interpreterOf, remoteFile, targetOf } from './link-target.ts'
import { perFact, shown } from './evidence.ts'

/** Arguments that fetch, hide or decode what is run. */
const SUSPICIOUS =
  /https?:|\\\\[\w.-]{1,100}[\\@]|-e(?:nc|ncodedcommand|c)?\s|frombase64|hidden|javascript:|vbscript:|downloadstring|invoke-|\biex\b|\.dll\b|mshta|%temp%|findstr/i

/** A shell link that starts an interpreter with arguments, or leads to a file of another host. */
export const shellLink = perFact(
  {
    id: 'shell-link',
    requires: ['a shell link', 'its target is an interpreter of the system and it has arguments, or its target is on another host'],
    source: 'MS-SHLLINK; ATT&CK T1204.002, T1059, T1547.009',
  },
  'shell-link',
  ({ path, link }) => {
    const target = targetOf(link)
    const text = link.texts.arguments
    const remote = remoteFile(target)
    const interpreter = interpreterOf(link)
    const runs = interpreter !== undefined && text !== undefined && text.value.trim() !== ''
    if (!runs && !remote) return undefined
    return {
      kind: 'technique',
      severity: remote || (text && SUSPICIOUS.test(text.value.slice(0, 65_536))) || link.show === 'minimised' ? 'high' : 'medium',
      summary: runs ? `The link starts ${interpreter} with arguments.` : 'The link starts a file of another host.',
      attack: runs ? ['T1204.002', 'T1059'] : ['T1204.002'],
      proof: [
        { path, field: 'link target', value: shown(target || (interpreter ?? '')) },
        ...(text ? [{ path, offset: text.offset, field: 'link arguments', value: shown(text.value.trim()) }] : []),
      ],
    }
  },
)
