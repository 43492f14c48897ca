/** A person's session without a browser: what a page of the console sends, over real HTTP. */
export interface Browserless {
  get(path: string): Promise<Response>
  post(path: string, body: unknown): Promise<Response>
  readonly cookie: string
}

/** Uses up a one-time link and keeps the session's cookie. Throws when the link is not accepted. */
export async function signInByLink(url: string, link: string): Promise<Browserless> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const answer = await fetch(`${url}/api/auth/link`, { method: 'POST', headers, body: JSON.stringify({ token: new URL(link).hash.slice(1) }) })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  if (!answer.ok || !cookie) throw new Error(`the link was not accepted: ${answer.status} ${await answer.text()}`)
  return {
    cookie,
    get: (path) => fetch(`${url}${path}`, { headers: { cookie } }),
    post: (path, body) => fetch(`${url}${path}`, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(body) }),
  }
}
