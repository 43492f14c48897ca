/** An end of the embargo of one vulnerability that is in force: two people confirmed it and did not take it back. */
export interface EmbargoEnd {
  /** Keyed digest of the CVE id, hex. */
  readonly tag: string
  /** The second confirmation. */
  readonly at: Date
}

/** What a version names, as its row or its content says. */
export interface NamedCves {
  readonly cve_tags: readonly Buffer[] | null
  readonly unnamed_cves: boolean | null
}

/**
 * When the embargo of everything that a version names was over: the latest of the ends; undefined while one vulnerability has none,
 * has no CVE id, or it is not known which there are.
 */
export function endedAtOf({ cve_tags: tags, unnamed_cves: unnamed }: NamedCves, ends: readonly EmbargoEnd[]): Date | undefined {
  if (ends.length === 0 || !tags || tags.length === 0 || unnamed !== false) return undefined
  let latest: Date | undefined
  for (const tag of tags) {
    const end = ends.find((one) => one.tag === tag.toString('hex'))
    if (!end) return undefined
    if (!latest || end.at > latest) latest = end.at
  }
  return latest
}
