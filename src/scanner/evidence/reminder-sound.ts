import { at, perFact, shown } from './evidence.ts'
import { uncHost } from './unc.ts'

/** A message that brings its own reminder sound, which mail programs do not send; one on another host lists the CVE whose other half is missing. */
export const reminderSound = perFact(
  {
    id: 'reminder-sound',
    candidates: ['CVE-2023-23397'],
    requires: ['named property PidLidReminderFileParameter (0x851F of PSETID_Common)', 'a part of CVE-2023-23397 is missing'],
    source: 'MS-OXORMDR 2.2.1.7',
  },
  'mail-reminder',
  (fact) => {
    const remote = uncHost(fact.file) !== undefined
    if (remote && fact.overrides === true && fact.plays !== false) return undefined
    const why = fact.overrides === true ? 'the reminder plays no sound' : 'the message does not override the reminder of the reader'
    return {
      kind: 'note',
      severity: remote ? 'medium' : 'info',
      summary: 'The message names the file that its reminder plays.',
      attack: [],
      ...(remote && { candidate: { id: 'CVE-2023-23397', why } }),
      proof: [{ ...at(fact), field: 'PidLidReminderFileParameter', value: shown(fact.file) }],
    }
  },
)
