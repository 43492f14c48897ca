/** How a name of an archive leaves the folder it is unpacked to; undefined for one that stays inside. */
export function escape(name: string): 'parent folder' | 'absolute path' | undefined {
  if (/^[a-z]:[\\/]/i.test(name) || name.startsWith('\\\\')) return 'absolute path'
  let depth = 0
  for (const part of name.split(/[\\/]/)) {
    if (part === '..' && --depth < 0) return 'parent folder'
    if (part !== '' && part !== '.' && part !== '..') depth++
  }
  return undefined
}

/** Something about an archive that programs read differently, or that writes outside of where it is unpacked. */
export interface ArchiveTrick {
  readonly trick: 'overlap' | 'size' | 'headers' | 'unlisted' | 'traversal' | 'link' | 'same-name' | 'prepended'
  /** Of the entry's header in the archive. */
  readonly offset: number
  readonly name: string
  readonly detail: string
}

/** The tricks that lie in one entry's name and kind. `link`: where a link leads. */
export function nameTricks(name: string, offset: number, link?: string): ArchiveTrick[] {
  const out = escape(name)
  const tricks: ArchiveTrick[] = out ? [{ trick: 'traversal', offset, name, detail: out }] : []
  if (link !== undefined) {
    const from = name.split(/[\\/]/).slice(0, -1).join('/')
    const leaves = link.startsWith('/') || escape(`${from}/${link}`) !== undefined || escape(link) === 'absolute path'
    if (leaves) tricks.push({ trick: 'link', offset, name, detail: `leads to ${link}` })
  }
  return tricks
}
