import { Table } from '@mantine/core'
import type { ReactElement } from 'react'
import type { PageReport } from '#scanner/detonation/page/page-report.ts'
import { Panel } from '../ui/panel.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import styles from './page-panels.module.css'

/** The certificates that each host showed. */
export function CertificatesPanel({ page: { certificates } }: { page: PageReport }): ReactElement | null {
  if (certificates.length === 0) return null
  return (
    <Panel title={`Certificates (${certificates.length})`} lead="As the hosts showed them to the proxy; times are in UTC." flush>
      <SimpleTable label="Certificates" headers={['Host', 'Valid', 'For', 'Issued by', 'From', 'To', 'SHA-256']}>
        {certificates.map(({ host, valid, why, chain: [leaf, ...others] }) => (
          <Table.Tr key={host}>
            <Table.Td className={styles['host']}>{host}</Table.Td>
            <Table.Td>
              <StateMark tone={valid ? 'on' : 'bad'}>{valid ? 'Valid' : 'Not valid'}</StateMark>
              {why !== undefined && <div className={styles['quiet']}>{why}</div>}
            </Table.Td>
            <Table.Td className={styles['host']}>{leaf?.subject}</Table.Td>
            <Table.Td className={styles['host']}>
              {leaf?.issuer}
              {others.length > 0 && (
                <details>
                  <summary>The whole chain ({others.length + 1})</summary>
                  {others.map(({ sha256, subject, issuer }) => (
                    <div key={sha256}>
                      {subject}, issued by {issuer}
                    </div>
                  ))}
                </details>
              )}
            </Table.Td>
            <Table.Td className="nowrap">{leaf?.from}</Table.Td>
            <Table.Td className="nowrap">{leaf?.to}</Table.Td>
            <Table.Td className="mono nowrap">{leaf?.sha256.slice(0, 16)}…</Table.Td>
          </Table.Tr>
        ))}
      </SimpleTable>
    </Panel>
  )
}
