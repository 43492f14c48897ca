import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { OnlyWith } from '../session/only-with.tsx'
import { DataTable, type Column } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Instant } from '../ui/instant.tsx'
import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { MailDialog } from './mail-dialog.tsx'
import { mailQuery, mailReason, mailState, type MailView } from './outgoing-mail.ts'

const COLUMNS: readonly Column<MailView>[] = [
  { key: 'subject', header: 'Subject', text: ({ subject }) => subject ?? '', cell: ({ subject }) => <strong>{subject ?? 'Forgotten'}</strong> },
  { key: 'to', header: 'To', text: ({ to }) => to ?? '' },
  { key: 'kind', header: 'Kind', text: ({ kind }) => kind, cell: ({ kind }) => <span className="mono">{kind}</span> },
  {
    key: 'state',
    header: 'State',
    text: (mail) => mailState(mail).name,
    cell: (mail) => <StateMark tone={mailState(mail).tone}>{mailState(mail).name}</StateMark>,
  },
  { key: 'why', header: 'Why', text: mailReason },
  { key: 'written', header: 'Written', text: ({ createdAt }) => createdAt, cell: ({ createdAt }) => <Instant value={createdAt} /> },
  { key: 'sent', header: 'Sent', text: ({ sentAt }) => sentAt ?? '', cell: ({ sentAt }) => sentAt && <Instant value={sentAt} /> },
]

const openButton = (open: (mail: MailView) => void) => (mail: MailView) => (
  <Button variant="subtle" size="compact-sm" onClick={() => open(mail)} aria-label={`Open: ${mail.subject ?? mail.kind}`}>
    Open
  </Button>
)

/** The operator's outgoing mail: what was sent, what was not, and what somebody has to pass on. */
export function OutboxPage(): ReactElement {
  return (
    <OnlyWith verb="outgoing-mail.list">
      <Outbox />
    </OnlyWith>
  )
}

function Outbox(): ReactElement {
  const mail = useQuery(mailQuery)
  const [shown, setShown] = useState<MailView | undefined>()
  return (
    <Page
      title="Outgoing mail"
      lead="What Vedette wrote to people. Without a mail server it is kept here for you to pass on. No mail holds anything of a package."
    >
      <Panel title="Everything" flush>
        {mail.isPending && <Skeleton height={240} radius={0} />}
        <ProblemAlert error={mail.error} onRetry={() => void mail.refetch()} />
        {mail.data && (
          <DataTable
            label="Outgoing mail"
            columns={COLUMNS}
            rows={mail.data}
            rowKey={({ id }) => id}
            rowActions={openButton(setShown)}
            empty={
              <EmptyState icon="mail" title="No mail yet">
                Applicants and contacts are written to as things happen.
              </EmptyState>
            }
          />
        )}
      </Panel>
      {shown && <MailDialog mail={shown} onClose={() => setShown(undefined)} />}
    </Page>
  )
}
