import type { ReactElement } from 'react'
import styles from './page-panels.module.css'

const MOST = 300

/** An address out of a hostile page: never a link, and its host stands out, since the rest is written to mislead. */
export function WebAddress({ url }: { url: string }): ReactElement {
  const host = URL.parse(url)?.host ?? ''
  const shown = url.length > MOST ? `${url.slice(0, MOST)}…` : url
  const at = host === '' ? -1 : shown.toLowerCase().indexOf(host)
  return (
    <span className={styles['address']} title={url.length > MOST ? url.slice(0, 4096) : undefined}>
      {at === -1 ? (
        shown
      ) : (
        <>
          {shown.slice(0, at)}
          <strong>{shown.slice(at, at + host.length)}</strong>
          {shown.slice(at + host.length)}
        </>
      )}
    </span>
  )
}
