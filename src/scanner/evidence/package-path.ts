/** The container of a part: its path up to the last mark of a container, empty for the file itself. */
export function homeOf(path: string): string {
  const mark = path.lastIndexOf('!/')
  return mark === -1 ? '' : path.slice(0, mark)
}

/**
 * The path of the part that a relationship inside a package leads to (ECMA-376 part 2, 9.3): `/word/_rels/document.xml.rels` and
 * `media/a.rtf` make `/word/media/a.rtf`.
 */
export function targetPath(relationships: string, target: string): string {
  const home = homeOf(relationships)
  const inner = home === '' ? relationships : relationships.slice(home.length + 1)
  const base = target.startsWith('/') ? [] : inner.split('/').slice(1, -2)
  for (const step of target.split('/')) {
    if (step === '..') base.pop()
    else if (step !== '' && step !== '.') base.push(step)
  }
  return home === '' ? `/${base.join('/')}` : `${home}!/${base.join('/')}`
}
