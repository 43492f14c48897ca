import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { OutgoingMail } from '#platform/mail/contract.ts'
import { post } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Instant } from '../ui/instant.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { SourceText } from '../ui/source-text.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { linksIn, mailQuery, mailReason, mailState, mailTextQuery, type MailView } from './outgoing-mail.ts'

/** One mail with what it says; opening it is on record. */
export function MailDialog({ mail, onClose }: { mail: MailView; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const may = useMay()
  const read = useQuery(mailTextQuery(mail.id))
  const retry = useMutation({
    mutationFn: () => post(OutgoingMail, `/api/outgoing-mail/${mail.id}/retry`),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: mailQuery.queryKey })
    },
  })
  const again = may('outgoing-mail.retry') && (mail.state === 'failed' || mail.state === 'kept') && mail.to !== null
  return (
    <Dialog opened onClose={onClose} title={mail.subject ?? 'A mail whose words were forgotten'}>
      <Stack>
        <Facts>
          <Fact name="To">{mail.to ?? 'Forgotten'}</Fact>
          <Fact name="State">
            <StateMark tone={mailState(mail).tone}>{mailState(mail).name}</StateMark>
          </Fact>
          {mail.failure !== null && <Fact name="Why">{mailReason(mail)}</Fact>}
          <Fact name="Written">
            <Instant value={mail.createdAt} />
          </Fact>
          {mail.sentAt !== null && (
            <Fact name="Sent">
              <Instant value={mail.sentAt} />
            </Fact>
          )}
        </Facts>
        {read.isPending && <Skeleton height={120} />}
        <ProblemAlert error={read.error} onRetry={() => void read.refetch()} />
        {read.data && <MailText text={read.data.text} />}
        <ProblemAlert error={retry.error} />
        <Group justify="flex-end">
          {again && (
            <Button variant="default" onClick={() => retry.mutate()} loading={retry.isPending}>
              Send it again
            </Button>
          )}
          <Button onClick={onClose}>Close</Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

function MailText({ text }: { text: string | null }): ReactElement {
  if (text === null) {
    return (
      <Text size="sm" c="dimmed">
        The text is shown only while a mail is kept or failed, and is forgotten after 30 days.
      </Text>
    )
  }
  return (
    <Stack gap="xs">
      <SourceText label="Text of the mail" text={text} />
      {linksIn(text).map((link) => (
        <CopyText key={link} label="Copy the link" text={link} />
      ))}
      <Text size="sm" c="dimmed">
        Pass it on to its recipient and nobody else; that you opened it is on record.
      </Text>
    </Stack>
  )
}
