import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { Agreement } from '#program/membership/agreements/contract.ts'
import { command, create } from '../api/client.ts'
import { useMay } from '../session/may.ts'
import { useSession } from '../session/session.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Instant } from '../ui/instant.tsx'
import { Markdown } from '../ui/markdown.tsx'
import { Panel } from '../ui/panel.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import styles from '../ui/waiting-list.module.css'
import { AGREEMENTS_KEY, agreementQuery, type AgreementVersionView, type DraftView } from './agreements.ts'
import { Changes } from '../ui/changes.tsx'

interface WaitingDraftsProps {
  readonly drafts: readonly DraftView[]
  readonly newest: AgreementVersionView | undefined
}

/** Texts that one officer drafted and another has to issue. */
export function WaitingDrafts({ drafts, newest }: WaitingDraftsProps): ReactElement | null {
  if (drafts.length === 0) return null
  return (
    <Panel title="Drafts that wait for a second officer" lead="Read the text; issuing it binds to exactly these words." flush>
      <ul className={styles['list']}>
        {drafts.map((draft) => (
          <Item key={draft.id} draft={draft} newest={newest} />
        ))}
      </ul>
    </Panel>
  )
}

function Item({ draft, newest }: { draft: DraftView; newest: AgreementVersionView | undefined }): ReactElement {
  const may = useMay()
  const [open, setOpen] = useState<'read' | 'close' | undefined>()
  const done = () => setOpen(undefined)
  return (
    <li className={styles['item']}>
      <div className={styles['body']}>
        <strong className="break">{firstLine(draft.text)}</strong>
        <Text size="sm" c="dimmed" component="div">
          Drafted by {draft.draftedBy.name} at <Instant value={draft.draftedAt} />; required {days(draft.acceptDays)} after it is issued
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        <Button size="compact-sm" onClick={() => setOpen('read')} aria-label={`Read the draft of ${draft.draftedBy.name}`}>
          Read
        </Button>
        {may('agreement.draft') && (
          <Button variant="subtle" color="red" size="compact-sm" onClick={() => setOpen('close')} aria-label={`Close the draft of ${draft.draftedBy.name}`}>
            Close
          </Button>
        )}
      </Group>
      {open === 'read' && <ReadDialog draft={draft} newest={newest} onClose={done} />}
      <CloseDialog draft={draft} opened={open === 'close'} onClose={done} />
    </li>
  )
}

function ReadDialog({ draft, newest, onClose }: { draft: DraftView; newest: AgreementVersionView | undefined; onClose: () => void }): ReactElement {
  const may = useMay()
  const mine = useSession().person.id === draft.draftedBy.id
  const queries = useQueryClient()
  const before = useQuery({ ...agreementQuery(newest?.version ?? 0, newest?.operator.id ?? ''), enabled: newest !== undefined })
  const issue = useMutation({
    mutationFn: () => create(Agreement, `/api/agreements/drafts/${draft.id}/issue`, { sha256: draft.sha256 }),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: AGREEMENTS_KEY })
    },
  })
  return (
    <Dialog opened onClose={onClose} title={`Draft of ${draft.draftedBy.name}`} size="xl" dismissible={!issue.isPending}>
      <Stack>
        {before.data && (
          <>
            <Title order={3} size="h5">
              What it changes in version {before.data.version}
            </Title>
            <Changes label={`Changes to version ${before.data.version}`} before={before.data.text} after={draft.text} />
          </>
        )}
        <Markdown text={draft.text} />
        <div>
          <Text size="sm" c="dimmed">
            SHA-256 of the text
          </Text>
          <CopyText label="Copy the hash of the draft" text={draft.sha256} />
        </div>
        <Text size="sm">
          {mine
            ? 'You drafted it: another membership officer has to issue it.'
            : `Once you issue it, the admins of every member are told. Access without it stops ${days(draft.acceptDays)} later.`}
        </Text>
        <ProblemAlert error={issue.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={issue.isPending}>
            Cancel
          </Button>
          {!mine && may('agreement.issue') && (
            <Button onClick={() => issue.mutate()} loading={issue.isPending}>
              Issue this text
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  )
}

function CloseDialog({ draft, opened, onClose }: { draft: DraftView; opened: boolean; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const close = useMutation({
    mutationFn: () => command('DELETE', `/api/agreements/drafts/${draft.id}`),
    onSuccess: async () => {
      onClose()
      await queries.invalidateQueries({ queryKey: AGREEMENTS_KEY })
    },
  })
  return (
    <ConfirmDialog
      opened={opened}
      title={`Close the draft of ${draft.draftedBy.name}`}
      confirm="Close the draft"
      pending={close.isPending}
      error={close.error}
      onConfirm={() => close.mutate()}
      onClose={onClose}
    >
      The draft is put away and cannot be issued any more. Nothing changes for members.
    </ConfirmDialog>
  )
}

function firstLine(text: string): string {
  const line = text.split('\n').find((each) => each.trim() !== '') ?? ''
  return line.replace(/^#+\s*/, '').slice(0, 120)
}

function days(count: number): string {
  return count === 1 ? 'one day' : `${count} days`
}
