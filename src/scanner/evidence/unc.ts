/** The host that a UNC path leads to, in lower case; undefined for a path of the machine itself. Knows the device forms of such a path. */
export function uncHost(path: string): string | undefined {
  const text = path.trim().replaceAll('/', '\\')
  const rest = /^\\\\[.?]\\+unc\\+(.*)$/is.exec(text)?.[1] ?? (/^\\\\(?![.?]\\)(.*)$/s.exec(text)?.[1] || '')
  const host = /^(?:\[[0-9a-f:.]{2,45}\]|[^\\@:]{1,255})/i.exec(rest.replace(/^\\+/, ''))?.[0].toLowerCase()
  return host === undefined || !rest.includes('\\') || isOwnMachine(host) ? undefined : host
}

/** True for the names and addresses of the machine itself: localhost, 127.0.0.0/8 in dotted form, ::1 with or without brackets. */
export function isOwnMachine(host: string): boolean {
  return /^(localhost|127(?:\.\d{1,3}){1,3}|\[?::1\]?)$/i.test(host)
}
