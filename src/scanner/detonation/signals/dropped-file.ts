import type { HappeningOf } from '../contract.ts'
import { isDocument, of, perSubject, quoted, weighedElsewhere, type Rule } from './signal.ts'

/** Names and places that run by themselves or are run by a click. */
const RUNS =
  /\.(?:sh|py|pl|so|desktop|service|exe|dll|scr|com|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|hta|lnk|url|jar|msi|cpl|sys)$|\/(?:autostart|cron[^/]*|systemd|init\.d|rc\.d)\/|\/\.(?:bashrc|profile|bash_profile|zshrc|xsession|xinitrc)$|\\start menu\\/i

function isRun({ path, program }: HappeningOf<'file'>): boolean {
  return program === true || RUNS.test(path)
}

/** A file was left that the viewer does not leave when it opens harmless files. */
export const droppedFile: Rule = {
  id: 'dropped-file',
  requires: [
    'a file was created, written or moved to its place that the viewer does not leave with harmless files',
    'or its content begins as that of a program or a script, whatever its name',
    'it weighs as active where its name, place or content says that it is to be run',
  ],
  attack: ['T1105'],
  weight: 'odd',
  source: 'scanner design, section 14',
  judge(run) {
    const left = of(run, 'file').filter(
      (one) =>
        (one.action === 'create' || one.action === 'write' || one.action === 'move') &&
        !one.honey &&
        (one.program || !run.ordinary.has(one)) &&
        !isDocument(one, run),
    )
    // Which files a viewer leaves is only known of one that was learned; what is to be run is told in any case.
    const telling = left.filter((one) => run.ordinary.learned || isRun(one))
    const judged = perSubject(
      telling,
      ({ path }) => path,
      ({ path, size }) => `${quoted(path)} was written${size === undefined ? '' : ` (${size} bytes)`}.`,
    ).map((one) => (one.shownBy.some((file) => file.kind === 'file' && isRun(file)) ? { ...one, weight: 'active' as const } : one))
    return weighedElsewhere(judged, run)
  },
}
