/** The host that a UNC path leads to, in lower case; undefined for a path of the machine itself. Knows the device forms of such a path. */
export function uncHost(path: string): string | undefined {
  const text = path.trim().replaceAll('/', '\\')
  const rest = /^\\\\[.?]\\+unc\\+(.*)$/is.exec(text)?.[1] ?? (/^\\\\(?![.?]\\)(.*)$/s.exec(text)?.[1] || '')
  const host = /^[^\\@:]{1,255}/.exec(rest.replace(/^\\+/, ''))?.[0].toLowerCase()
  return host === undefined || !rest.includes('\\') || /^(localhost|127\.0\.0\.1)$/.test(host) ? undefined : host
}
