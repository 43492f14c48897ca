import type { ReactElement } from 'react'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Panel } from '../ui/panel.tsx'
import styles from './page-panels.module.css'
import { WebAddress } from './web-address.tsx'
import { seconds } from './words.ts'

const CAUSES: Readonly<Record<string, string>> = {
  http: 'the server redirected',
  meta: 'the page redirected (meta refresh)',
  header: 'the server told it to refresh',
  script: 'a script went on',
  form: 'a form was sent',
  link: 'a link was followed',
  window: 'a window was opened',
}

/** The way from the address that was asked for to the one that was shown, each step with what caused it. */
export function ChainPanel({ page: { requested, final, title, redirects } }: { page: PageReport }): ReactElement {
  return (
    <Panel title={redirects.length === 0 ? 'The page' : `The page, after ${redirects.length === 1 ? 'one step' : `${redirects.length} steps`}`}>
      <ol className={styles['chain']}>
        <li>
          <div className={styles['cause']}>asked for</div>
          <WebAddress url={requested} />
        </li>
        {redirects.map(({ t, to, cause, status }, index) => (
          <li key={index}>
            <div className={styles['cause']}>
              {CAUSES[cause] ?? 'it went on'}
              {status !== undefined && ` with ${status}`}, at {seconds(t)}
            </div>
            <WebAddress url={to} />
          </li>
        ))}
      </ol>
      <div className={styles['after']}>
        <Facts>
          <Fact name="Shown in the end">{final === undefined ? 'Nothing was shown' : <CopyText label="Copy the address" text={final} />}</Fact>
          {title !== undefined && <Fact name="Title">{title}</Fact>}
        </Facts>
      </div>
    </Panel>
  )
}
