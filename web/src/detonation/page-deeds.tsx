import type { ReactElement, ReactNode } from 'react'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'
import { Panel } from '../ui/panel.tsx'
import styles from './page-panels.module.css'
import { WebAddress } from './web-address.tsx'
import { seconds } from './words.ts'

interface Deed {
  readonly t: number
  readonly words: string
  /** Whether such a thing is what an attack needs. */
  readonly grave: boolean
  readonly shown: ReactNode
}

const MOST = 100

/** What the page tried to do to whoever looks at it. */
export function DeedsPanel({ page }: { page: PageReport }): ReactElement | null {
  const deeds = deedsOf(page).toSorted((a, b) => a.t - b.t)
  if (deeds.length === 0) return null
  return (
    <Panel title={`What it tried (${deeds.length})`} lead="Beside showing itself. None of it reached a person." flush>
      <ul className={styles['deeds']}>
        {deeds.slice(0, MOST).map(({ t, words, grave, shown }, index) => (
          <li key={index} data-grave={grave || undefined}>
            <div className={styles['cause']}>
              <strong>{words}</strong> at {seconds(t)}
            </div>
            {shown}
          </li>
        ))}
        {deeds.length > MOST && <li>{deeds.length - MOST} more are in the table of what happened.</li>}
      </ul>
    </Panel>
  )
}

function deedsOf({ schemes, clipboard, dialogs, downloads, workers, sockets, unreported }: PageReport): Deed[] {
  const text = (shown: string) => <pre className={styles['text']}>{shown}</pre>
  return [
    ...schemes.map(({ t, url, cause }) => ({
      t,
      words: `Asked to start another program${cause === undefined ? '' : ` (${cause})`}`,
      grave: true,
      shown: <WebAddress url={url} />,
    })),
    ...clipboard.map(({ t, text: put }) => ({ t, words: 'Put text on the clipboard', grave: true, shown: text(put) })),
    ...downloads.map(({ t, name, url }) => ({
      t,
      words: `Downloaded “${name.slice(0, 200)}”`,
      grave: true,
      shown: url === undefined ? null : <WebAddress url={url} />,
    })),
    ...dialogs.map(({ t, text: asked }) => ({ t, words: 'Asked in a dialog', grave: false, shown: text(asked) })),
    ...workers.map(({ t, kind, url }) => ({
      t,
      words: `Started a worker (${kind.slice(0, 100)})`,
      grave: false,
      shown: url === undefined ? null : <WebAddress url={url} />,
    })),
    ...sockets.map(({ t, url }) => ({ t, words: 'Opened a web socket', grave: false, shown: <WebAddress url={url} /> })),
    ...unreported.map(({ t, method, url }) => ({
      t,
      words: `Sent a request (${method.slice(0, 20)}) of which the browser did not tell`,
      grave: true,
      shown: <WebAddress url={url} />,
    })),
  ]
}
