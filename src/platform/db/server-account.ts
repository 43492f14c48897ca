import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartupError } from '#platform/errors.ts'

/** `nobody` and `nogroup`, which exist everywhere. */
const NOBODY = 65534

/** How PostgreSQL, which refuses to run as root, is run here. */
export interface ServerAccount {
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[]
  readonly options: { readonly uid?: number; readonly gid?: number }
  /** Lets the account into folders that root made for it. Throws StartupError when it cannot reach them. */
  admit(folders: readonly string[], dataDir: string): void
}

/**
 * An ordinary account runs it as itself. Root runs it in a user namespace, where the server believes it is nobody and
 * the files stay root's; where namespaces are forbidden (many containers), as nobody itself.
 */
export function serverAccount(): ServerAccount {
  const asIs: ServerAccount = { prefix: [], options: {}, admit: () => undefined }
  if (process.getuid?.() !== 0) return asIs
  const prefix = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]
  if (spawnSync(prefix[0]!, [...prefix.slice(1), 'true'], { stdio: 'ignore' }).status === 0) return { ...asIs, prefix }
  return { prefix: [], options: { uid: NOBODY, gid: NOBODY }, admit: admitNobody }
}

function admitNobody(folders: readonly string[], dataDir: string): void {
  // Search permission only: nobody can open what it knows by name, and the keys folder stays closed.
  chmodSync(dataDir, 0o711)
  for (let dir = dirname(dataDir); dir !== dirname(dir); dir = dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) {
      throw new StartupError(
        `PostgreSQL refuses to run as root, and the account nobody cannot reach ${dataDir} through ${dir}; run Vedette as an ordinary account, or set DATABASE_URL.`,
      )
    }
  }
  for (const folder of folders) chownSync(folder, NOBODY, NOBODY)
}
