/** Words behind which a letter says what opens its attachment. */
const WORDS =
  /(?<![\p{L}\p{N}])(?:password|passwort|passcode|kennwort|contraseña|contrasena|clave|senha|mot de passe|wachtwoord|hasło|heslo|пароль|şifre|parola|lösenord|adgangskode|salasana|jelszó|パスワード|密码|密碼|пароль архива|pwd|pass|pw)(?![\p{L}\p{N}])/giu
/** What may stand between such a word and the password. */
const FILLERS: ReadonlySet<string> = new Set(
  'del de la le les du des das der die den dem il al o da do a is are ist lautet es est är är er для for für para pour per to the of open opening file archive archivo attachment attached document zip rar code this your view access please use and protected required needed with'.split(
    ' ',
  ),
)
const LOOKED_AT = 64 * 1024
const REACH = 120
const MOST = 8

/** Passwords that the text of a letter may name, in the order in which they stand there. Looks at the first 64 KiB, and gives at most eight. */
export function readLetterPasswords(text: string): string[] {
  const head = text.slice(0, LOOKED_AT)
  const found = new Set<string>()
  for (const { index, 0: word } of head.matchAll(WORDS)) {
    for (const one of candidates(head.slice(index + word.length, index + word.length + REACH))) found.add(one)
    if (found.size >= MOST) break
  }
  return [...found].slice(0, MOST)
}

/** The word behind the separators and fillers, with and without what closes a sentence behind it. */
function candidates(rest: string): string[] {
  const words = rest.split(/[\s\u00a0]+/).map((word) => word.replace(/^[:=\-–—"'„“”«»(<[*>]{1,6}/, ''))
  const word = words.find((one) => one !== '' && !FILLERS.has(one.replace(/[:=,]{1,3}$/, '').toLowerCase()))
  if (word === undefined || word.length > 40) return []
  const bare = word.replace(/["'“”„«»)>\]*.,;!?]{1,6}$/, '')
  return [...new Set([bare, word])].filter((one) => one.length > 1)
}

/** The text of a page without its tags; enough to read a password in it. */
export function withoutTags(html: string): string {
  const parts: string[] = []
  const head = html.slice(0, LOOKED_AT * 4)
  for (let at = 0; at < head.length;) {
    const open = head.indexOf('<', at)
    if (open === -1) {
      parts.push(head.slice(at))
      break
    }
    parts.push(head.slice(at, open))
    const close = head.indexOf('>', open)
    if (close === -1) break
    if (!/^<\/?(?:b|i|u|em|strong|span|font)\b/i.test(head.slice(open, open + 9))) parts.push(' ')
    at = close + 1
  }
  return parts.join('').replaceAll('&nbsp;', ' ').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
