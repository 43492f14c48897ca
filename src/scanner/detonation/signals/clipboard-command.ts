import { of, perSubject, quoted, type Rule } from './signal.ts'

const COMMAND =
  /\b(?:powershell|pwsh|cmd(?:\.exe)?\s*\/[ckr]|mshta|rundll32|regsvr32|certutil|bitsadmin|msiexec|wscript|cscript|conhost|finger|curl|wget|base64\s+-d|iex\b|invoke-(?:expression|webrequest|restmethod)|downloadstring|osascript|bash\s+-[ci]|sh\s+-c|python3?\s+-c|nslookup)\b/i

/** A page puts a command into the clipboard, for the visitor to paste ("ClickFix"). */
export const clipboardCommand: Rule = {
  id: 'clipboard-command',
  requires: ['a page wrote to the clipboard', 'the text calls an interpreter or fetches and runs something; other text weighs as odd'],
  attack: ['T1204.004', 'T1059'],
  weight: 'active',
  source: 'scanner design, section 17.2; MITRE ATT&CK T1204.004 (malicious copy and paste)',
  judge(run) {
    return perSubject(
      of(run, 'page').filter(({ action }) => action === 'clipboard'),
      ({ detail }) => detail,
      ({ detail }) => `The page wrote ${quoted(detail)} into the clipboard.`,
    ).map((judged) => (judged.shownBy.some((one) => one.kind === 'page' && COMMAND.test(one.detail)) ? judged : { ...judged, weight: 'odd' as const }))
  },
}
