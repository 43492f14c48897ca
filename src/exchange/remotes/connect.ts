import type { App } from '#platform/app.ts'
import { unsealLogin } from '#exchange/remotes/login.ts'
import { RemoteClient } from '#exchange/remotes/remote-client.ts'
import type { Remote } from '#exchange/remotes/store.ts'

/** A client that knows who we are to this remote server. */
export function connect(app: App, remote: Remote, signal: AbortSignal): RemoteClient {
  return new RemoteClient({
    privateHosts: app.config.remotePrivateHosts,
    origin: new URL(remote.api_root).origin,
    login: unsealLogin(app.keys, remote.id, remote.sealed_login),
    ca: remote.ca,
    now: () => app.clock.now(),
    signal,
    manners: remote.manners,
  })
}

/** Address of the remote collection, with the slash at its end. */
export function collectionUrlOf({ api_root: root, remote_collection: id }: Pick<Remote, 'api_root' | 'remote_collection'>): string {
  return new URL(`collections/${encodeURIComponent(id)}/`, root).href
}
