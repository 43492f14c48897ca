import { Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactElement } from 'react'
import { ACCEPT_DAYS, AgreementDraft, LONGEST_TEXT } from '#program/membership/agreements/contract.ts'
import { create } from '../api/client.ts'
import { fieldMessage } from '../api/problem.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useDraft } from '../ui/draft.ts'
import { Markdown } from '../ui/markdown.tsx'
import { ProblemAlert } from '../ui/problem-alert.tsx'
import { AGREEMENTS_KEY, agreementQuery, type AgreementVersionView } from './agreements.ts'
import { Changes } from '../ui/changes.tsx'

export const AGREEMENT_DRAFT = 'agreement'
const EMPTY = { text: '', days: String(ACCEPT_DAYS.default) }
type View = 'write' | 'preview' | 'changes'

interface DraftDialogProps {
  readonly newest: AgreementVersionView | undefined
  readonly opened: boolean
  readonly onClose: () => void
}

/** Writes the next version, beginning with the words of the newest; another officer issues it. */
export function DraftDialog(props: DraftDialogProps): ReactElement {
  const { newest, opened, onClose } = props
  const before = useQuery({ ...agreementQuery(newest?.version ?? 0, newest?.operator.id ?? ''), enabled: opened && newest !== undefined })
  const ready = newest === undefined || before.data !== undefined
  return (
    <Dialog opened={opened} onClose={onClose} title="Draft a new version of the agreement" size="xl">
      <ProblemAlert error={before.error} onRetry={() => void before.refetch()} />
      {ready && <DraftForm before={before.data?.text ?? ''} onClose={onClose} />}
    </Dialog>
  )
}

function DraftForm({ before, onClose }: { before: string; onClose: () => void }): ReactElement {
  const queries = useQueryClient()
  const { values, set, clear } = useDraft(AGREEMENT_DRAFT, { ...EMPTY, text: before })
  const [view, setView] = useState<View>('write')
  const draft = useMutation({
    mutationFn: () => create(AgreementDraft, '/api/agreements/drafts', { text: values.text, acceptDays: Number(values.days) }),
    onSuccess: async () => {
      clear()
      onClose()
      await queries.invalidateQueries({ queryKey: AGREEMENTS_KEY })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    draft.mutate()
  }
  const discard = () => {
    clear()
    onClose()
  }
  const views: readonly { value: View; label: string }[] = [
    { value: 'write', label: 'Write' },
    { value: 'preview', label: 'Preview' },
    ...(before === '' ? [] : [{ value: 'changes' as const, label: 'Changes' }]),
  ]
  return (
    <form onSubmit={submit}>
      <Stack>
        <Group gap={6}>
          {views.map(({ value, label }) => (
            <Button key={value} size="compact-sm" variant={view === value ? 'filled' : 'default'} aria-pressed={view === value} onClick={() => setView(value)}>
              {label}
            </Button>
          ))}
        </Group>
        {view === 'write' && (
          <Textarea
            label="Text"
            description="Markdown: headings, lists, emphasis, tables and links. HTML and pictures are shown as they are written."
            required
            rows={18}
            maxLength={LONGEST_TEXT}
            value={values.text}
            error={fieldMessage(draft.error, '/text')}
            onChange={(event) => set({ text: event.currentTarget.value })}
          />
        )}
        {view === 'preview' && <Markdown text={values.text} />}
        {view === 'changes' && <Changes label="Changes from the newest version" before={before} after={values.text} />}
        <TextInput
          type="number"
          label="Days until it is required"
          description="Counted from the day it is issued. After them, access stops for members whose signature is not countersigned."
          required
          min={0}
          max={ACCEPT_DAYS.most}
          step={1}
          maw={360}
          value={values.days}
          error={fieldMessage(draft.error, '/acceptDays')}
          onChange={(event) => set({ days: event.currentTarget.value })}
        />
        <Text size="sm" c="dimmed">
          Nothing changes for members until a second membership officer has read exactly this text and issues it. What you type is kept in this tab.
        </Text>
        <ProblemAlert error={draft.error} shownFields={['/text', '/acceptDays']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={discard} disabled={draft.isPending}>
            Discard
          </Button>
          <Button type="submit" loading={draft.isPending} disabled={values.text.trim() === '' || values.text === before}>
            Hand to a second officer
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
