import type { Evidence } from './evidence.ts'
import { shown } from './evidence.ts'
import { entryOf, remoteFile } from './link-target.ts'

const ABOUT = {
  id: 'link-icon',
  requires: ['a shell link or an Internet shortcut whose icon lies on another host'],
  source: 'MS-SHLLINK 2.4 and 2.5.5; ATT&CK T1187',
}

/** An icon that is fetched from another host as soon as the folder with the link is shown, which tells the host who looks. */
export const linkIcon: Evidence = {
  ...ABOUT,
  judge: (facts) =>
    facts.flatMap((fact) => {
      const icon =
        fact.kind === 'shell-link'
          ? (fact.link.texts.iconLocation?.value ?? fact.link.extra?.environmentIcon)
          : fact.kind === 'internet-shortcut'
            ? entryOf(fact, 'iconfile')?.value
            : undefined
      if (icon === undefined || !remoteFile(icon)) return []
      return [
        {
          id: ABOUT.id,
          kind: 'technique' as const,
          severity: 'medium' as const,
          summary: 'The icon of a link lies on another host and is fetched when the link is shown.',
          attack: ['T1187'],
          proof: [{ path: fact.path, field: 'icon location', value: shown(icon) }],
        },
      ]
    }),
}
