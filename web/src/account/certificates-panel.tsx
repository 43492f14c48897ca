import { Badge, Button, Group, Skeleton, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { trustedNowMs, useTrustedTime } from '../clock/trusted-time.ts'
import { useMay } from '../session/may.ts'
import { hasDraft } from '../ui/draft.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SimpleTable } from '../ui/simple-table.tsx'
import { certificatesQuery, type CertificateView } from './account.ts'
import { AddCertificateDialog, CERTIFICATE_DRAFT } from './add-certificate-dialog.tsx'
import { RevokeButton } from './revoke-button.tsx'

/** Certificates that programs show in the place of a token, where the server speaks TLS itself. */
export function CertificatesPanel(): ReactElement {
  const may = useMay()
  const [adding, setAdding] = useState(() => hasDraft(CERTIFICATE_DRAFT))
  const certificates = useQuery(certificatesQuery)
  return (
    <Panel
      title="Client certificates"
      lead="For TAXII clients and other programs that sign in by TLS. Like a token, a certificate never does more than your roles allow."
      flush
      actions={may('certificate.add') && <Button onClick={() => setAdding(true)}>Add a certificate</Button>}
    >
      {certificates.isPending && <Skeleton height={90} radius={0} />}
      <ProblemAlert error={certificates.error} onRetry={() => void certificates.refetch()} />
      {certificates.data?.length === 0 && (
        <EmptyState icon="key" title="No certificates">
          Add one for a program whose key stays in its own store. Most programs need a token only.
        </EmptyState>
      )}
      {certificates.data && certificates.data.length > 0 && <CertificateTable certificates={certificates.data} />}
      <AddCertificateDialog opened={adding} onClose={() => setAdding(false)} />
    </Panel>
  )
}

function CertificateTable({ certificates }: { readonly certificates: readonly CertificateView[] }): ReactElement {
  const clock = useTrustedTime()
  const expired = ({ expiresAt }: CertificateView) => clock.data !== undefined && Date.parse(expiresAt) <= trustedNowMs(clock.data)
  return (
    <SimpleTable label="Client certificates" headers={['Name', 'Certificate', 'Scopes', 'Expires', 'Last used', '']}>
      {certificates.map((certificate) => (
        <Table.Tr key={certificate.id}>
          <Table.Td>{certificate.name}</Table.Td>
          <Table.Td>
            {certificate.subject}
            <Text size="xs" c="dimmed" className="mono" title={certificate.fingerprint}>
              SHA-256 {certificate.fingerprint.slice(0, 23)}…
            </Text>
          </Table.Td>
          <Table.Td>
            <Group gap={4}>
              {certificate.scopes.map((scope) => (
                <Badge key={scope} size="sm" variant="default" tt="none" fw={500}>
                  {scope}
                </Badge>
              ))}
            </Group>
          </Table.Td>
          <Table.Td>
            <Instant value={certificate.expiresAt} /> {expired(certificate) && <strong>expired</strong>}
          </Table.Td>
          <Table.Td>{certificate.lastUsedAt ? <Instant value={certificate.lastUsedAt} /> : 'Never'}</Table.Td>
          <Table.Td align="right">
            <RevokeButton verb="Revoke" subject={certificate.name} path={`/api/account/certificates/${certificate.id}`} queryKey={certificatesQuery.queryKey}>
              Programs that show this certificate are refused from now on. This cannot be undone.
            </RevokeButton>
          </Table.Td>
        </Table.Tr>
      ))}
    </SimpleTable>
  )
}
